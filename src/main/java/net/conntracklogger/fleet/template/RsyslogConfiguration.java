// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet.template;

import java.util.List;
import java.util.stream.Collectors;
import net.conntracklogger.config.FleetCluster;
import net.conntracklogger.entry.JournalField;

/** Writes the configuration of an rsyslogd of its own. It ships the entries of the service and those about it. */
final class RsyslogConfiguration {
    /** What journald says of the service's process in each entry. It is the same in all, and of no use in the index. */
    private static final List<String> LEFT_OUT = List.of(
            "_CAP_EFFECTIVE",
            "_CMDLINE",
            "_COMM",
            "_EXE",
            "_GID",
            "_SELINUX_CONTEXT",
            "_SYSTEMD_CGROUP",
            "_SYSTEMD_INVOCATION_ID",
            "_SYSTEMD_SLICE",
            "_TRANSPORT",
            "_UID");

    private static final String TEXT = """
            # Ships the entries of conntrack-logger to OpenSearch or Elasticsearch: each once, and none lost if a node, rsyslogd or the
            # network fails. Needs rsyslog 8.2302 or later with omelasticsearch (Debian: rsyslog-elasticsearch). Written by
            # "conntrack-logger fleet template rsyslog"; conntrack-logger-fleet(7) shows the unit that runs it.
            #
            # It is for an rsyslogd of its own, so that an outage of the cluster does not hold up the other logs of the host.
            global(workDirectory="/var/lib/conntrack-logger-shipper")

            # imjournal saves its place when it has read an entry, not when the cluster has it. What lies between is in this queue,
            # so it must be on disk and written for each entry. If it is full, the journal keeps the rest.
            main_queue(
                queue.type="Disk" queue.filename="entries" queue.checkpointInterval="1" queue.maxDiskSpace="2g"
                queue.dequeueBatchSize="1000" queue.timeoutEnqueue="3600000" queue.timeoutShutdown="1000")

            # Without Ratelimit.Interval="0" it drops what exceeds 20,000 entries in 10 minutes.
            module(load="imjournal" StateFile="place" PersistStateInterval="1000" Ratelimit.Interval="0" IgnorePreviousMessages="off")
            module(load="omelasticsearch")

            # The key of an entry: the cluster takes a second copy of it for what it is.
            template(name="flow-key" type="string" string="@FLOW_KEY@")
            template(name="other-key" type="string" string="@OTHER_KEY@")
            template(name="key" type="string" string="%$.key:::json%")
            template(name="index" type="string" string="%$.index%")
            template(name="day" type="string" string="@INDEX@%timereported:1:10:date-rfc3339,date-utc%")
            template(name="microseconds" type="string" string="%timereported:::date-unixtimestamp%%timereported:::date-subseconds%")
            template(name="first" type="string" string="{\\"@timestamp\\":\\"%timereported:::date-rfc3339,date-utc%\\",%$!all-json:2:$%")
            template(name="again" type="string" string="%$!all-json%")
            template(name="refused" type="string" string="%$.omes% %$!all-json%\\n")

            ruleset(name="ship") {
                if strlen($.omes!status) > 0 then {
                    # The cluster's answer about one entry of a batch: taken, known already, to be sent again, or refused for ever.
                    if $.omes!status == 200 or $.omes!status == 201 or $.omes!status == 409 then { stop }
                    if $.omes!status != 429 and $.omes!status < 500 then {
                        action(type="omfile" file="/var/lib/conntrack-logger-shipper/refused" template="refused")
                        stop
                    }
                    set $.key = $.omes!_id;
                    set $.index = $.omes!_index;
            @AGAIN@
                    stop
                }
                set $!@TIME@ = exec_template("microseconds");
                if ($!FLOW_EVENT == "new" or $!FLOW_EVENT == "end") and $!FLOW_TIMESTAMP != "" then {
                    set $.key = exec_template("flow-key");
                } else {
                    set $.key = exec_template("other-key");
                }
                set $.index = exec_template("day");
            @LEFT_OUT@
            @FIRST@
            }

            # Fields that begin with _ are set by journald, so no other process can pass for the service. The service manager
            # reports its starts and ends, and journald what it suppressed.
            if $!@WRITER@ == "conntrack-logger.service"
                or ($!@UNIT@ == "conntrack-logger.service" and $!_PID == "1")
                or ($!MESSAGE_ID == "a596d6fe7bfa4994828e72309e95d61e" and $!_TRANSPORT == "driver") then {
                call ship
            }
            """;

    private final ClusterNodes nodes;

    RsyslogConfiguration(FleetCluster cluster) {
        nodes = ClusterNodes.of(cluster);
    }

    String text() {
        return TEXT.replace("@FLOW_KEY@", key(EntryKey.OF_FLOW))
                .replace("@OTHER_KEY@", key(EntryKey.OF_MOMENT))
                .replace("@INDEX@", IndexTemplate.PREFIX)
                .replace("@TIME@", FleetField.TIME)
                .replace("@WRITER@", FleetField.WRITER)
                .replace("@UNIT@", FleetField.UNIT)
                .replace("@LEFT_OUT@", leftOut())
                .replace("@AGAIN@", action("again").indent(8).stripTrailing())
                .replace("@FIRST@", action("first").indent(4).stripTrailing());
    }

    private static String key(EntryKey key) {
        return key.names().stream().map(RsyslogConfiguration::part).collect(Collectors.joining("-"));
    }

    private static String part(String name) {
        // timereported is journald's time in imjournal.
        if (name.equals(FleetField.TIME)) {
            return "%timereported:::date-unixtimestamp%%timereported:::date-subseconds%";
        }
        boolean isChosen = name.equals(JournalField.FLOW_NETNS.name());
        return "%$!" + name + (isChosen ? ":1:" + EntryKey.LONGEST_NAMESPACE : "") + "%";
    }

    private static String leftOut() {
        return LEFT_OUT.stream().map(name -> "    unset $!" + name + ";").collect(Collectors.joining("\n"));
    }

    /** A request to a node that does not answer ends after a minute. Then the next node is asked. */
    private String action(String template) {
        return """
                action(
                    type="omelasticsearch" template="%s" server=[%s]
                %s    bulkmode="on" maxbytes="8m" searchType="" dynSearchIndex="on" searchIndex="index" dynbulkid="on" bulkid="key"
                    writeoperation="create" retryfailures="on" retryruleset="ship" ratelimit.interval="0"
                    indextimeout="60000" action.resumeRetryCount="-1" action.resumeInterval="2"
                    errorfile="/var/lib/conntrack-logger-shipper/failed")
                """.formatted(template, nodes.quoted(), access());
    }

    private String access() {
        String access = nodes.encrypted() ? "    usehttps=\"on\" tls.cacert=\"" + nodes.authority() + "\"\n" : "";
        // A file without a line feed, which only root can read.
        return nodes.named()
                ? access + "    uid=\"conntrack-logger\" pwd=`cat /etc/conntrack-logger.shipper-password`\n"
                : access;
    }
}
