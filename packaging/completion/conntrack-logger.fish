# Completion of conntrack-logger for fish. It reads no journal: that can take seconds.

function __conntrack_logger_units
    systemctl list-units --all --plain --no-legend --type=service,scope 2>/dev/null | string replace --regex ' .*' ''
end

set --local commands who report top learn check run archive fleet
set --local reading '__fish_seen_subcommand_from who report top learn check'
set --local span '__fish_seen_subcommand_from who report learn'
complete --command conntrack-logger --no-files
complete --command conntrack-logger --short-option h --long-option help --description 'show help'
complete --command conntrack-logger --short-option V --long-option version --description 'show the version'

set --local none "not __fish_seen_subcommand_from $commands"
complete --command conntrack-logger --condition "$none" --arguments who --description 'show which process had a flow'
complete --command conntrack-logger --condition "$none" --arguments report --description 'sum up who talks to whom'
complete --command conntrack-logger --condition "$none" --arguments top --description 'show who opens flows now'
complete --command conntrack-logger --condition "$none" --arguments learn --description 'write what a unit does as an [Expect] section'
complete --command conntrack-logger --condition "$none" --arguments check --description 'check this host'
complete --command conntrack-logger --condition "$none" --arguments run --description 'log flows in the foreground'
complete --command conntrack-logger --condition "$none" --arguments archive --description 'archive flows once'
complete --command conntrack-logger --condition "$none" --arguments fleet --description 'print configurations of shippers and indices'
complete --command conntrack-logger --condition '__fish_seen_subcommand_from fleet' --arguments 'template opensearch opensearch-retention rsyslog clickhouse vector fluent-bit'

complete --command conntrack-logger --condition $reading --short-option o --long-option output --exclusive --arguments 'table json csv cat' --description 'form of the results'
complete --command conntrack-logger --condition $reading --long-option no-legend --description 'print no header'
complete --command conntrack-logger --condition $reading --long-option no-pager --description 'do not start a pager'
complete --command conntrack-logger --condition $reading --long-option full --description 'shorten nothing'
complete --command conntrack-logger --condition $reading --long-option utc --description 'print times in UTC'

complete --command conntrack-logger --condition $span --short-option S --long-option since --exclusive --arguments 'today yesterday -1h -1d' --description 'flows from this time on'
complete --command conntrack-logger --condition $span --short-option U --long-option until --exclusive --arguments 'now today -1h' --description 'flows up to this time'
complete --command conntrack-logger --condition $span --short-option D --long-option directory --exclusive --arguments '(__fish_complete_directories)' --description 'read the log in this directory'
complete --command conntrack-logger --condition $span --short-option n --long-option lines --exclusive --description 'number of rows'
complete --command conntrack-logger --condition $span --long-option service --exclusive --arguments '(__conntrack_logger_units)' --description 'unit'

set --local who '__fish_seen_subcommand_from who'
complete --command conntrack-logger --condition $who --long-option alert --require-parameter --force-files --description 'ask for each line of this file'
complete --command conntrack-logger --condition $who --long-option output-fields --exclusive --description 'print these fields only'
complete --command conntrack-logger --condition $who --long-option verdict --description 'print the sentence as an object'
complete --command conntrack-logger --condition $who --long-option fleet --description 'ask for all hosts, in the cluster'
complete --command conntrack-logger --condition $who --long-option archive --exclusive --arguments '(__fish_complete_directories)' --description 'ask for all hosts whose archives are in it'

set --local search '__fish_seen_subcommand_from who report'
complete --command conntrack-logger --condition $search --long-option watch --require-parameter --force-files --description 'flows of this watch list'
complete --command conntrack-logger --condition $search --long-option at --exclusive --arguments now --description 'flows at about this time'
complete --command conntrack-logger --condition $search --long-option within --exclusive --arguments '5s 1min' --description 'how far that time may be off'
complete --command conntrack-logger --condition $search --long-option port --exclusive --description port
complete --command conntrack-logger --condition $search --long-option pid --exclusive --arguments '(__fish_complete_pids)' --description process
complete --command conntrack-logger --condition $search --long-option user --exclusive --arguments '(__fish_complete_users)' --description user

set --local report '__fish_seen_subcommand_from report'
complete --command conntrack-logger --condition $report --long-option html --require-parameter --force-files --description 'write a page for a browser'
complete --command conntrack-logger --condition $report --long-option flows --exclusive --description 'number of newest flows in JSON and HTML'

set --local top '__fish_seen_subcommand_from top'
complete --command conntrack-logger --condition $top --short-option b --long-option batch --description 'print tables one after the other'
complete --command conntrack-logger --condition $top --short-option n --long-option iterations --exclusive --description 'number of tables'
complete --command conntrack-logger --condition $top --short-option d --long-option delay --exclusive --arguments '1s 5s' --description 'time that a table covers'
complete --command conntrack-logger --condition $top --short-option k --long-option key --exclusive --arguments 'unit program destination port' --description 'what a row stands for'

set --local run '__fish_seen_subcommand_from run'
complete --command conntrack-logger --condition $run --short-option o --long-option output --exclusive --arguments 'journal text json' --description 'where to write'
complete --command conntrack-logger --condition $run --short-option p --long-option protocol --exclusive --description protocol
complete --command conntrack-logger --condition $run --short-option f --long-option format --exclusive --description 'line of a flow'
complete --command conntrack-logger --condition $run --short-option t --long-option format-ts --exclusive --description 'format of times'
complete --command conntrack-logger --condition '__fish_seen_subcommand_from run archive fleet who' --short-option c --long-option config --require-parameter --force-files --description configuration
complete --command conntrack-logger --condition '__fish_seen_subcommand_from archive' --long-option archive --exclusive --arguments '(__fish_complete_directories)' --description 'directory of the archive'
complete --command conntrack-logger --condition '__fish_seen_subcommand_from archive' --long-option journal --exclusive --arguments '(__fish_complete_directories)' --description 'directory of journal files'

set --local learn '__fish_seen_subcommand_from learn'
complete --command conntrack-logger --condition $learn --long-option check --description 'show what would have been flagged'
complete --command conntrack-logger --condition $learn --short-option c --long-option config --require-parameter --force-files --description 'sections to check'
