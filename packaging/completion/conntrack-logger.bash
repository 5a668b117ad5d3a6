# Completion of conntrack-logger for bash. It reads no journal: that can take seconds.

_conntrack_logger() {
    local cur prev words cword command i options
    _init_completion -n = 2>/dev/null || {
        cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
        words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
    }
    # --option=value
    if [[ $cur == --*=* ]]; then
        prev=${cur%%=*}
        cur=${cur#*=}
    fi
    for ((i = 1; i < cword; i++)); do
        case ${words[i]} in
        who | report | top | learn | check | run | archive | fleet) command=${words[i]}; break ;;
        esac
    done
    case $prev in
    -o | --output)
        [[ $command == run ]] && options='journal text json' || options='table json csv cat'
        COMPREPLY=($(compgen -W "$options" -- "$cur"))
        return
        ;;
    -k | --key) COMPREPLY=($(compgen -W 'unit program destination port' -- "$cur")); return ;;
    --user) COMPREPLY=($(compgen -u -- "$cur")); return ;;
    --service)
        COMPREPLY=($(compgen -W "$(systemctl list-units --all --plain --no-legend --type=service,scope 2>/dev/null | cut -d' ' -f1)" -- "$cur"))
        return
        ;;
    --alert | --watch | --html | -c | --config) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    -D | --directory | --archive | --journal) COMPREPLY=($(compgen -d -- "$cur")); return ;;
    -S | --since | -U | --until | --at) COMPREPLY=($(compgen -W 'today yesterday now -1h -1d' -- "$cur")); return ;;
    -n | --lines | --flows | --iterations | --output-fields | --port | --pid | --within | -d | --delay | -p | --protocol | -f | --format | -t | --format-ts) return ;;
    esac
    case $command in
    who)
        options='--alert --archive --at --config --directory --fleet --full --help --lines --no-legend --no-pager --output
            --output-fields --pid --port --service --since --until --user --utc --verdict --version --watch --within'
        ;;
    report)
        options='--at --directory --flows --full --help --html --lines --no-legend --no-pager --output --pid --port --service
            --since --until --user --utc --version --watch --within'
        ;;
    top) options='--batch --delay --full --help --iterations --key --no-legend --no-pager --output --utc --version' ;;
    learn)
        options='--check --config --directory --full --help --lines --no-legend --no-pager --output --service --since --until --utc
            --version'
        ;;
    check) options='--full --help --no-legend --no-pager --output --utc --version' ;;
    run) options='--config --format --format-ts --help --output --protocol --version' ;;
    archive) options='--archive --config --help --journal --version' ;;
    fleet) options='--help --version' ;;
    *) options='who report top learn check run archive fleet --help --version' ;;
    esac
    [[ $command != fleet ]] || options+=' template opensearch opensearch-retention rsyslog clickhouse vector fluent-bit --config'
    COMPREPLY=($(compgen -W "$options" -- "$cur"))
}

complete -F _conntrack_logger conntrack-logger
