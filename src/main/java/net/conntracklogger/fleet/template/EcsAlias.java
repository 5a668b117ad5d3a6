// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet.template;

import static net.conntracklogger.entry.JournalField.*;

import java.util.List;

/**
 * A name of the Elastic Common Schema for a field.
 *
 * @param name the name with its groups, such as {@code destination.ip}
 * @param field the name in the journal
 */
record EcsAlias(String name, String field) {
    /**
     * A value of ECS with other units or words has no alias. So event.duration is in nanoseconds, network.direction
     * differs.
     */
    static final List<EcsAlias> ALL = List.of(
            new EcsAlias("source.ip", FLOW_SRC.name()),
            new EcsAlias("source.port", FLOW_SPORT.name()),
            new EcsAlias("source.nat.ip", FLOW_REPLY_DST.name()),
            new EcsAlias("source.nat.port", FLOW_REPLY_DPORT.name()),
            new EcsAlias("source.bytes", FLOW_ORIG_BYTES.name()),
            new EcsAlias("source.packets", FLOW_ORIG_PACKETS.name()),
            new EcsAlias("destination.ip", FLOW_DST.name()),
            new EcsAlias("destination.port", FLOW_DPORT.name()),
            new EcsAlias("destination.domain", FLOW_DNAME.name()),
            new EcsAlias("destination.nat.ip", FLOW_REPLY_SRC.name()),
            new EcsAlias("destination.nat.port", FLOW_REPLY_SPORT.name()),
            new EcsAlias("destination.bytes", FLOW_REPLY_BYTES.name()),
            new EcsAlias("destination.packets", FLOW_REPLY_PACKETS.name()),
            new EcsAlias("network.transport", FLOW_PROTO.name()),
            new EcsAlias("network.type", FLOW_FAMILY.name()),
            new EcsAlias("network.community_id", FLOW_COMMUNITY_ID.name()),
            new EcsAlias("process.pid", PID.name()),
            new EcsAlias("process.name", PID_COMM.name()),
            new EcsAlias("process.executable", PID_EXE.name()),
            new EcsAlias("process.command_line", PID_CMDLINE.name()),
            new EcsAlias("process.hash.sha256", PID_EXE_SHA256.name()),
            new EcsAlias("process.parent.pid", PID_PPID.name()),
            new EcsAlias("user.id", PID_UID.name()),
            new EcsAlias("user.name", PID_USER.name()),
            new EcsAlias("service.name", PID_SERVICE.name()),
            new EcsAlias("container.id", PID_CONTAINER.name()),
            new EcsAlias("rule.name", FLOW_WATCH.name()),
            new EcsAlias("host.id", FleetField.MACHINE),
            new EcsAlias("host.name", FleetField.HOST));
}
