// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.sockets;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import net.conntracklogger.attribution.sockets.TcpCounters.Opening;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TcpCountersTest {
    private static final int ESTABLISHED = 1;
    private static final int SYN_SENT = 2;
    private static final int FIN_WAIT1 = 4;
    private static final int CLOSE_WAIT = 8;
    private static final int LISTEN = 10;

    @Nested
    class ReadFromTcpInfo {
        /** Offsets by {@code pahole -C tcp_info}; each 32-bit field holds its own offset, plus 2^31 to be unsigned. */
        @Test
        void takesEachFieldFromItsOffset() {
            ByteBuffer info = ByteBuffer.allocate(8 + TcpCounters.SHORTEST).order(ByteOrder.nativeOrder());
            for (int offset = 8; offset < TcpCounters.SHORTEST; offset += Integer.BYTES) {
                info.putInt(8 + offset, 0x8000_0000 | offset);
            }
            info.put(8, (byte) CLOSE_WAIT).put(8 + 5, (byte) 0xe7);
            info.putLong(8 + 120, 1L << 40).putLong(8 + 200, 1L << 41).putLong(8 + 208, 1L << 42);
            TcpCounters expected = new TcpCounters(
                    CLOSE_WAIT,
                    0xe7,
                    unsigned(24),
                    unsigned(28),
                    unsigned(100),
                    unsigned(144),
                    unsigned(156),
                    unsigned(192),
                    1L << 40,
                    1L << 41,
                    1L << 42,
                    77);
            assertEquals(expected, TcpCounters.read(info, 8, 77));
        }

        private static long unsigned(int offset) {
            return 0x8000_0000L + offset;
        }
    }

    @Nested
    class AQuietConnection {
        /** A connecting side has one byte more acknowledged than sent: its SYN. */
        @ParameterizedTest(name = "acked {0}, sent {1}, resent {2}, segments {3}, delivered {4}, retransmitted {5}")
        @CsvSource({
            // acked, sent, resent, segments, delivered, retransmitted, without a listener, with a listener
            "1,   0,   0,   0, 1, 0, CONNECTED, CONNECTED", // only the SYN
            "0,   0,   0,   0, 1, 0, ACCEPTED,  ACCEPTED", // only the SYN-ACK
            "101, 100, 0,   2, 3, 0, CONNECTED, CONNECTED",
            "100, 100, 0,   2, 3, 0, ACCEPTED,  ACCEPTED",
            "101, 150, 50,  3, 3, 1, CONNECTED, UNKNOWN", // sent again: the listener must agree
            "100, 150, 50,  3, 3, 1, UNKNOWN,   ACCEPTED",
            "101, 100, 0,   3, 3, 0, CONNECTED, UNKNOWN", // a segment that this host refused counts twice
            "100, 100, 0,   3, 3, 0, UNKNOWN,   ACCEPTED",
            "99,  100, 0,   2, 3, 0, UNKNOWN,   UNKNOWN", // neither 0 nor 1
            "102, 100, 0,   2, 3, 0, UNKNOWN,   UNKNOWN",
            "1,   0,   0,   0, 0, 0, UNKNOWN,   UNKNOWN" // not even the SYN is delivered
        })
        void isOpenedByTheSideWhoseSynIsAcked(
                long acked,
                long sent,
                long resent,
                long segments,
                long delivered,
                long retransmitted,
                Opening unlistened,
                Opening listened) {
            TcpCounters counters = new TcpCounters(
                    ESTABLISHED, 0, 0, 0, retransmitted, 0, segments, delivered, acked, sent, resent, 0);
            assertEquals(unlistened, counters.opening(false));
            assertEquals(listened, counters.opening(true));
        }

        @ParameterizedTest(name = "queue {0}")
        @CsvSource({"0", "1", "4096"})
        void ignoresTheQueueReadBefore(long queued) {
            assertEquals(
                    Opening.CONNECTED,
                    new TcpCounters(ESTABLISHED, 0, 0, 0, 0, 0, 2, 3, 101, 100, 0, queued).opening(false));
        }
    }

    @Nested
    class ABusyConnection {
        /** Bytes in flight are sent and not acknowledged: they come from the queue. Two segments of 50 are delivered. */
        @ParameterizedTest(name = "acked {0}, sent {1}, queued {2}, unsent {3}, in flight {4}, selective {5}")
        @CsvSource({
            // acked, sent, queued, unsent, in flight, selective, segments, without a listener, with a listener
            "101, 200, 100, 0,  2, 0, 4, CONNECTED, CONNECTED",
            "100, 200, 100, 0,  2, 0, 4, ACCEPTED,  ACCEPTED",
            "101, 150, 80,  30, 1, 0, 3, CONNECTED, CONNECTED", // 30 of the 80 bytes in the queue were never sent
            "100, 150, 80,  30, 1, 0, 3, ACCEPTED,  ACCEPTED",
            "101, 100, 30,  30, 0, 0, 2, CONNECTED, CONNECTED", // all of the queue is unsent
            "101, 200, 100, 0,  3, 1, 4, CONNECTED, CONNECTED", // one in flight is acknowledged selectively
            "101, 200, 100, 0,  2, 1, 4, CONNECTED, UNKNOWN" // the segments do not agree
        })
        void countsWhatIsInFlight(
                long acked,
                long sent,
                long queued,
                long unsent,
                long inFlight,
                long selective,
                long segments,
                Opening unlistened,
                Opening listened) {
            TcpCounters counters = new TcpCounters(
                    ESTABLISHED, 0, inFlight, selective, 0, unsent, segments, 3, acked, sent, 0, queued);
            assertEquals(unlistened, counters.opening(false));
            assertEquals(listened, counters.opening(true));
        }
    }

    @Nested
    class TheState {
        @ParameterizedTest
        @CsvSource({ESTABLISHED + ",CONNECTED", CLOSE_WAIT + ",CONNECTED"})
        void decidesBeforeOwnFin(int state, Opening expected) {
            assertEquals(expected, connected(state, 0).opening(false));
        }

        @ParameterizedTest
        @CsvSource({SYN_SENT + "", FIN_WAIT1 + "", LISTEN + ""})
        void isUnknownOtherwise(int state) {
            assertEquals(Opening.UNKNOWN, connected(state, 0).opening(false));
        }

        /** {@code TCPI_OPT_SYN_DATA} is 32. */
        @ParameterizedTest
        @CsvSource({"0,CONNECTED", "31,CONNECTED", "32,UNKNOWN", "39,UNKNOWN", "64,CONNECTED"})
        void isUnknownIfTheSynHadData(int options, Opening expected) {
            assertEquals(expected, connected(ESTABLISHED, options).opening(false));
        }

        private static TcpCounters connected(int state, int options) {
            return new TcpCounters(state, options, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0);
        }
    }

    @Nested
    class Quietness {
        @ParameterizedTest(name = "in flight {0}, unsent {1}: {2}")
        @CsvSource({"0,0,true", "1,0,false", "0,1,false", "2,3,false"})
        void needsNothingInFlightOrUnsent(long inFlight, long unsent, boolean quiet) {
            assertEquals(quiet, new TcpCounters(ESTABLISHED, 0, inFlight, 0, 0, unsent, 0, 1, 1, 0, 0, 9).isQuiet());
        }
    }
}
