// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.sockets;

import java.nio.ByteBuffer;

/**
 * The counters of a TCP socket since it was opened. They are of {@code struct tcp_info} ({@code linux/tcp.h}), and of
 * {@code struct inet_diag_msg} for the send queue. They show which side opened the connection. The kernel counts the
 * SYN of a connecting socket as an acknowledged byte ({@code tcp_ack()}), but not the SYN-ACK of an accepting socket
 * ({@code tcp_rcv_state_process()}).
 *
 * @param state state, see {@code linux/tcp_states.h}
 * @param options set of {@code TCPI_OPT_*}
 * @param inFlight segments sent and not acknowledged
 * @param selective segments in flight that are acknowledged selectively
 * @param retransmitted segments sent again, SYN included
 * @param unsent bytes in the queue that were never sent
 * @param segments segments with data sent, segments sent again included
 * @param delivered segments delivered, the SYN or SYN-ACK included
 * @param acked bytes acknowledged, the SYN included
 * @param sent bytes sent, bytes sent again included
 * @param resent bytes sent again
 * @param queued bytes not acknowledged, sent or not; the kernel reads this a moment before all other counters
 */
public record TcpCounters(
        int state,
        int options,
        long inFlight,
        long selective,
        long retransmitted,
        long unsent,
        long segments,
        long delivered,
        long acked,
        long sent,
        long resent,
        long queued) {
    private static final int TCP_ESTABLISHED = 1;
    private static final int TCP_CLOSE_WAIT = 8;
    private static final int TCPI_OPT_SYN_DATA = 32;

    /** Offsets in struct tcp_info, in bytes. */
    private static final int OPTIONS = 5;

    private static final int UNACKED = 24;
    private static final int SACKED = 28;
    private static final int TOTAL_RETRANS = 100;
    private static final int BYTES_ACKED = 120;
    private static final int NOTSENT_BYTES = 144;
    private static final int DATA_SEGS_OUT = 156;
    private static final int DELIVERED = 192;
    private static final int BYTES_SENT = 200;
    private static final int BYTES_RETRANS = 208;
    /** Length up to {@code tcpi_bytes_retrans}, which exists since Linux 4.19. */
    static final int SHORTEST = 216;

    /** The way in which one side opened a connection. */
    public enum Opening {
        CONNECTED,
        ACCEPTED,
        UNKNOWN
    }

    /** Reads a {@code struct tcp_info} of at least {@link #SHORTEST} bytes, in native byte order. */
    static TcpCounters read(ByteBuffer bytes, int at, long queued) {
        return new TcpCounters(
                bytes.get(at),
                bytes.get(at + OPTIONS) & 0xff,
                number(bytes, at + UNACKED),
                number(bytes, at + SACKED),
                number(bytes, at + TOTAL_RETRANS),
                number(bytes, at + NOTSENT_BYTES),
                number(bytes, at + DATA_SEGS_OUT),
                number(bytes, at + DELIVERED),
                bytes.getLong(at + BYTES_ACKED),
                bytes.getLong(at + BYTES_SENT),
                bytes.getLong(at + BYTES_RETRANS),
                queued);
    }

    private static long number(ByteBuffer bytes, int offset) {
        return Integer.toUnsignedLong(bytes.getInt(offset));
    }

    /** Reports whether no data is in flight or unsent. All counters then belong to the same moment. */
    boolean isQuiet() {
        return inFlight == 0 && unsent == 0;
    }

    /**
     * Returns how this side opened the connection. The result is unknown if this side has sent a FIN, which counts as a
     * byte too, or if the SYN carried data.
     *
     * <p>A segment that a full queue or a firewall rule of this host refuses counts as sent, and counts again when it goes out.
     * The byte counters therefore decide only if the segment counters agree, or if the listener does.
     *
     * @param listened whether a socket listens on the local port
     */
    Opening opening(boolean listened) {
        if (state != TCP_ESTABLISHED && state != TCP_CLOSE_WAIT
                || (options & TCPI_OPT_SYN_DATA) != 0
                || delivered == 0) {
            return Opening.UNKNOWN;
        }
        long syn = acked + (isQuiet() ? 0 : queued - unsent) - (sent - resent);
        boolean complete = retransmitted == 0 && segments == delivered - 1 + inFlight - selective;
        if (syn == 1 && (complete || !listened)) {
            return Opening.CONNECTED;
        }
        return syn == 0 && (complete || listened) ? Opening.ACCEPTED : Opening.UNKNOWN;
    }
}
