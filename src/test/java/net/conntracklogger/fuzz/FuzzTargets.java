// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fuzz;

import net.conntracklogger.attribution.sockets.SocketTargets;
import net.conntracklogger.config.ConfigurationTarget;
import net.conntracklogger.flow.TextTarget;
import net.conntracklogger.names.DnsAnswerTarget;
import net.conntracklogger.netfilter.ConntrackTargets;
import net.conntracklogger.process.ProcessTargets;
import net.conntracklogger.rtnetlink.AddressTarget;

/** All targets, by the source of their bytes. */
public enum FuzzTargets {
    CONNTRACK_EVENT {
        @Override
        FuzzTarget open() {
            return ConntrackTargets.event();
        }
    },
    CONNTRACK_TABLE {
        @Override
        FuzzTarget open() {
            return ConntrackTargets.table();
        }
    },
    SOCK_DIAG {
        @Override
        FuzzTarget open() {
            return SocketTargets.diag();
        }
    },
    PROC_NET_ICMP {
        @Override
        FuzzTarget open() {
            return SocketTargets.ping();
        }
    },
    PROC_NET_PACKET {
        @Override
        FuzzTarget open() {
            return SocketTargets.packet();
        }
    },
    RTNETLINK {
        @Override
        FuzzTarget open() {
            return new AddressTarget();
        }
    },
    PROC_STAT {
        @Override
        FuzzTarget open() {
            return ProcessTargets.stat();
        }
    },
    PROC_STATUS {
        @Override
        FuzzTarget open() {
            return ProcessTargets.status();
        }
    },
    PROC_CGROUP {
        @Override
        FuzzTarget open() {
            return ProcessTargets.cgroup();
        }
    },
    TEXT {
        @Override
        FuzzTarget open() {
            return new TextTarget();
        }
    },
    CONFIGURATION {
        @Override
        FuzzTarget open() {
            return new ConfigurationTarget();
        }
    },
    DNS_ANSWER {
        @Override
        FuzzTarget open() {
            return new DnsAnswerTarget();
        }
    };

    abstract FuzzTarget open();
}
