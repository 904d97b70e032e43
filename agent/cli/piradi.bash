# Completion of piradi(1) for bash.
_piradi()
{
    local word=$2 before=$3 commands='certificates config doctor extend login pin sign status verify verify-token' options='' command=${COMP_WORDS[1]}
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "$commands --help --version" -- "$word")
        return
    fi
    case $command in
    sign) options='--force --output' ;;
    extend) options='--force --level --output --trust --tsa' ;;
    login) options='--origin --nonce' ;;
    verify) options='--at --trust' ;;
    verify-token) options='--at --nonce --origin --revocation --trust' ;;
    pin) options='--signature' ;;
    certificates | config | doctor | status) ;;
    *) return ;;
    esac
    case $before in
    --trust | -t)
        mapfile -t COMPREPLY < <(compgen -d -- "$word")
        return
        ;;
    --revocation | -r)
        mapfile -t COMPREPLY < <(compgen -W 'require prefer off' -- "$word")
        return
        ;;
    --level | -l)
        mapfile -t COMPREPLY < <(compgen -W 'T LT LTA' -- "$word")
        return
        ;;
    --at | -a | --tsa | -s | --origin | -O | --nonce | -N) return ;;
    esac
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options --help --json --usage --version" -- "$word")
    else
        case $command in
        pin) mapfile -t COMPREPLY < <(compgen -W 'activate change unblock' -- "$word") ;;
        extend | sign | verify | verify-token) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
        esac
    fi
}
complete -o filenames -F _piradi piradi
