#!/bin/bash

__counterfoil_cursor_index_in_current_word() {
    local remaining="${COMP_LINE}"

    local word
    for word in "${COMP_WORDS[@]::COMP_CWORD}"; do
        remaining="${remaining##*([[:space:]])"${word}"*([[:space:]])}"
    done

    local -ir index="$((COMP_POINT - ${#COMP_LINE} + ${#remaining}))"
    if [[ "${index}" -le 0 ]]; then
        printf 0
    else
        printf %s "${index}"
    fi
}

# positional arguments:
#
# - 1: the current (sub)command's count of positional arguments
#
# required variables:
#
# - repeating_flags: the repeating flags that the current (sub)command can accept
# - non_repeating_flags: the non-repeating flags that the current (sub)command can accept
# - repeating_options: the repeating options that the current (sub)command can accept
# - non_repeating_options: the non-repeating options that the current (sub)command can accept
# - positional_number: value ignored
# - unparsed_words: unparsed words from the current command line
#
# modified variables:
#
# - non_repeating_flags: remove flags for this (sub)command that are already on the command line
# - non_repeating_options: remove options for this (sub)command that are already on the command line
# - positional_number: set to the current positional number
# - unparsed_words: remove all flags, options, and option values for this (sub)command
__counterfoil_offer_flags_options() {
    local -ir positional_count="${1}"
    positional_number=0

    local was_flag_option_terminator_seen=false
    local is_parsing_option_value=false

    local -ar unparsed_word_indices=("${!unparsed_words[@]}")
    local -i word_index
    for word_index in "${unparsed_word_indices[@]}"; do
        if "${is_parsing_option_value}"; then
            # This word is an option value:
            # Reset marker for next word iff not currently the last word
            [[ "${word_index}" -ne "${unparsed_word_indices[${#unparsed_word_indices[@]} - 1]}" ]] && is_parsing_option_value=false
            unset "unparsed_words[${word_index}]"
            # Do not process this word as a flag or an option
            continue
        fi

        local word="${unparsed_words["${word_index}"]}"
        if ! "${was_flag_option_terminator_seen}"; then
            case "${word}" in
            --)
                unset "unparsed_words[${word_index}]"
                # by itself -- is a flag/option terminator, but if it is the last word, it is the start of a completion
                if [[ "${word_index}" -ne "${unparsed_word_indices[${#unparsed_word_indices[@]} - 1]}" ]]; then
                    was_flag_option_terminator_seen=true
                fi
                continue
                ;;
            -*)
                # ${word} is a flag or an option
                # If ${word} is an option, mark that the next word to be parsed is an option value
                local option
                for option in "${repeating_options[@]}" "${non_repeating_options[@]}"; do
                    [[ "${word}" = "${option}" ]] && is_parsing_option_value=true && break
                done

                # Remove ${word} from ${non_repeating_flags} or ${non_repeating_options} so it isn't offered again
                local not_found=true
                local -i index
                for index in "${!non_repeating_flags[@]}"; do
                    if [[ "${non_repeating_flags[${index}]}" = "${word}" ]]; then
                        unset "non_repeating_flags[${index}]"
                        non_repeating_flags=("${non_repeating_flags[@]}")
                        not_found=false
                        break
                    fi
                done
                if "${not_found}"; then
                    for index in "${!non_repeating_flags[@]}"; do
                        if [[ "${non_repeating_flags[${index}]}" = "${word}" ]]; then
                            unset "non_repeating_flags[${index}]"
                            non_repeating_flags=("${non_repeating_flags[@]}")
                            break
                        fi
                    done
                fi
                unset "unparsed_words[${word_index}]"
                continue
                ;;
            esac
        fi

        # ${word} is neither a flag, nor an option, nor an option value
        if [[ "${positional_number}" -lt "${positional_count}" || "${positional_count}" -lt 0 ]]; then
            # ${word} is a positional
            ((positional_number++))
            unset "unparsed_words[${word_index}]"
        else
            if [[ -z "${word}" ]]; then
                # Could be completing a flag, option, or subcommand
                positional_number=-1
            else
                # ${word} is a subcommand or invalid, so stop processing this (sub)command
                positional_number=-2
            fi
            break
        fi
    done

    unparsed_words=("${unparsed_words[@]}")

    if\
        ! "${was_flag_option_terminator_seen}"\
        && ! "${is_parsing_option_value}"\
        && [[ ("${cur}" = -* && "${positional_number}" -ge 0) || "${positional_number}" -eq -1 ]]
    then
        COMPREPLY+=($(compgen -W "${repeating_flags[*]} ${non_repeating_flags[*]} ${repeating_options[*]} ${non_repeating_options[*]}" -- "${cur}"))
    fi
}

__counterfoil_add_completions() {
    local completion
    while IFS='' read -r completion; do
        COMPREPLY+=("${completion}")
    done < <(IFS=$'\n' compgen "${@}" -- "${cur}")
}

__counterfoil_custom_complete() {
    if [[ -n "${cur}" || -z ${COMP_WORDS[${COMP_CWORD}]} || "${COMP_LINE:${COMP_POINT}:1}" != ' ' ]]; then
        local -ar words=("${COMP_WORDS[@]}")
    else
        local -ar words=("${COMP_WORDS[@]::${COMP_CWORD}}" '' "${COMP_WORDS[@]:${COMP_CWORD}}")
    fi

    "${COMP_WORDS[0]}" "${@}" "${words[@]}"
}

_counterfoil() {
    local state
    state="$(shopt -p;shopt -po)"
    trap "${state//$'\n'/;}" RETURN
    shopt -s extglob
    set +o history +o posix

    local -xr SAP_SHELL=bash
    local -x SAP_SHELL_VERSION
    SAP_SHELL_VERSION="$(IFS='.';printf %s "${BASH_VERSINFO[*]}")"
    local -r SAP_SHELL_VERSION

    local -r cur="${2}"
    local -r prev="${3}"

    local -i positional_number
    local -a unparsed_words=("${COMP_WORDS[@]:1:${COMP_CWORD}}")

    local -a repeating_flags=()
    local -a non_repeating_flags=(--version -h --help)
    local -a repeating_options=()
    local -a non_repeating_options=()
    __counterfoil_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    status|init|watch|sale|unresolved|shift|provider|printer|drawer|sign-in|approve|devices|journal|box|service-codes|support-bundle|factory-reset|doctor|clock|config|pin|call|introspect|explain|help)
        # Offer subcommand argument completions
        "_counterfoil_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'status init watch sale unresolved shift provider printer drawer sign-in approve devices journal box service-codes support-bundle factory-reset doctor clock config pin call introspect explain help' -- "${cur}"))
        ;;
    esac
}

_counterfoil_status() {
    repeating_flags=()
    non_repeating_flags=(--json --print --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config --printer)
    __counterfoil_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--printer')
        return
        ;;
    esac
}

_counterfoil_init() {
    repeating_flags=()
    non_repeating_flags=(--first-boot --json --version -h --help)
    repeating_options=()
    non_repeating_options=(--config --name --shop --till --currency --time-zone --state --user --numbers-from --reason)
    __counterfoil_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--config')
        return
        ;;
    '--name')
        return
        ;;
    '--shop')
        return
        ;;
    '--till')
        return
        ;;
    '--currency')
        return
        ;;
    '--time-zone')
        return
        ;;
    '--state')
        return
        ;;
    '--user')
        return
        ;;
    '--numbers-from')
        return
        ;;
    '--reason')
        return
        ;;
    esac
}

_counterfoil_watch() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=(--topic)
    non_repeating_options=(--socket --config --lane --after)
    __counterfoil_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--topic')
        return
        ;;
    '--lane')
        return
        ;;
    '--after')
        return
        ;;
    esac
}

_counterfoil_sale() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __counterfoil_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    ring|list|get|adjust|party|tender|take-back|decide|resolve|park|unpark|void|return|correct|correct-tender|deliver)
        # Offer subcommand argument completions
        "_counterfoil_sale_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'ring list get adjust party tender take-back decide resolve park unpark void return correct correct-tender deliver' -- "${cur}"))
        ;;
    esac
}

_counterfoil_sale_ring() {
    repeating_flags=()
    non_repeating_flags=(--json --no-pin --version -h --help)
    repeating_options=(--line)
    non_repeating_options=(--socket --config --key --as --cash --external --reference --label --lane --approval)
    __counterfoil_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--key')
        return
        ;;
    '--as')
        return
        ;;
    '--line')
        return
        ;;
    '--cash')
        return
        ;;
    '--external')
        return
        ;;
    '--reference')
        return
        ;;
    '--label')
        return
        ;;
    '--lane')
        return
        ;;
    '--approval')
        return
        ;;
    esac
}

_counterfoil_sale_list() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=(--state)
    non_repeating_options=(--socket --config --day --lane --limit)
    __counterfoil_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--day')
        return
        ;;
    '--lane')
        return
        ;;
    '--state')
        return
        ;;
    '--limit')
        return
        ;;
    esac
}

_counterfoil_sale_get() {
    repeating_flags=()
    non_repeating_flags=(--json --sale --reference --order --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config)
    __counterfoil_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    esac
}

_counterfoil_sale_adjust() {
    repeating_flags=()
    non_repeating_flags=(--json --no-pin --keep --none --version -h --help)
    repeating_options=(--off)
    non_repeating_options=(--socket --config --key --as --kind --round-down --approval)
    __counterfoil_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--key')
        return
        ;;
    '--as')
        return
        ;;
    '--off')
        return
        ;;
    '--kind')
        __counterfoil_add_completions -W 'promotion'$'\n''coupon'$'\n''member'$'\n''staff'$'\n''manual'
        return
        ;;
    '--round-down')
        return
        ;;
    '--approval')
        return
        ;;
    esac
}

_counterfoil_sale_party() {
    repeating_flags=()
    non_repeating_flags=(--json --no-pin --none --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config --key --as --member)
    __counterfoil_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--key')
        return
        ;;
    '--as')
        return
        ;;
    '--member')
        return
        ;;
    esac
}

_counterfoil_sale_tender() {
    repeating_flags=()
    non_repeating_flags=(--json --no-pin --show --no-wait --refund --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config --key --as --provider --amount --scan --stub --tender)
    __counterfoil_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--key')
        return
        ;;
    '--as')
        return
        ;;
    '--provider')
        return
        ;;
    '--amount')
        return
        ;;
    '--scan')
        return
        ;;
    '--stub')
        return
        ;;
    '--tender')
        return
        ;;
    esac
}

_counterfoil_sale_take-back() {
    repeating_flags=()
    non_repeating_flags=(--json --no-pin --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config --key --as --reason --approval)
    __counterfoil_offer_flags_options 2

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--key')
        return
        ;;
    '--as')
        return
        ;;
    '--reason')
        return
        ;;
    '--approval')
        return
        ;;
    esac
}

_counterfoil_sale_decide() {
    repeating_flags=()
    non_repeating_flags=(--json --no-pin --paid --not-paid --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config --key --as --reason --reference --approval)
    __counterfoil_offer_flags_options 2

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--key')
        return
        ;;
    '--as')
        return
        ;;
    '--reason')
        return
        ;;
    '--reference')
        return
        ;;
    '--approval')
        return
        ;;
    esac
}

_counterfoil_sale_resolve() {
    repeating_flags=()
    non_repeating_flags=(--json --no-pin --complete --refund --void --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config --key --as --evidence --reference --approval)
    __counterfoil_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--key')
        return
        ;;
    '--as')
        return
        ;;
    '--evidence')
        return
        ;;
    '--reference')
        return
        ;;
    '--approval')
        return
        ;;
    esac
}

_counterfoil_sale_park() {
    repeating_flags=()
    non_repeating_flags=(--json --no-pin --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config --key --as --label)
    __counterfoil_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--key')
        return
        ;;
    '--as')
        return
        ;;
    '--label')
        return
        ;;
    esac
}

_counterfoil_sale_unpark() {
    repeating_flags=()
    non_repeating_flags=(--json --no-pin --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config --key --as --lane)
    __counterfoil_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--key')
        return
        ;;
    '--as')
        return
        ;;
    '--lane')
        return
        ;;
    esac
}

_counterfoil_sale_void() {
    repeating_flags=()
    non_repeating_flags=(--json --no-pin --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config --key --as --reason --approval)
    __counterfoil_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--key')
        return
        ;;
    '--as')
        return
        ;;
    '--reason')
        return
        ;;
    '--approval')
        return
        ;;
    esac
}

_counterfoil_sale_return() {
    repeating_flags=()
    non_repeating_flags=(--json --no-pin --version -h --help)
    repeating_options=(--line)
    non_repeating_options=(--socket --config --key --as --proof --record --external --reference --lane --approval)
    __counterfoil_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--key')
        return
        ;;
    '--as')
        return
        ;;
    '--line')
        return
        ;;
    '--proof')
        return
        ;;
    '--record')
        return
        ;;
    '--external')
        return
        ;;
    '--reference')
        return
        ;;
    '--lane')
        return
        ;;
    '--approval')
        return
        ;;
    esac
}

_counterfoil_sale_correct() {
    repeating_flags=()
    non_repeating_flags=(--json --no-pin --version -h --help)
    repeating_options=(--keep --line)
    non_repeating_options=(--socket --config --key --as --external --reference --lane --approval)
    __counterfoil_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--key')
        return
        ;;
    '--as')
        return
        ;;
    '--keep')
        return
        ;;
    '--line')
        return
        ;;
    '--external')
        return
        ;;
    '--reference')
        return
        ;;
    '--lane')
        return
        ;;
    '--approval')
        return
        ;;
    esac
}

_counterfoil_sale_correct-tender() {
    repeating_flags=()
    non_repeating_flags=(--json --no-pin --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config --key --as --tender --to --terminal --reference --reason --approval)
    __counterfoil_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--key')
        return
        ;;
    '--as')
        return
        ;;
    '--tender')
        return
        ;;
    '--to')
        __counterfoil_add_completions -W 'cash'$'\n''external'
        return
        ;;
    '--terminal')
        return
        ;;
    '--reference')
        return
        ;;
    '--reason')
        return
        ;;
    '--approval')
        return
        ;;
    esac
}

_counterfoil_sale_deliver() {
    repeating_flags=()
    non_repeating_flags=(--json --no-pin --none --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config --key --as --document --printer)
    __counterfoil_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--key')
        return
        ;;
    '--as')
        return
        ;;
    '--document')
        __counterfoil_add_completions -W 'receipt'$'\n''giftReceipt'$'\n''merchantCopy'
        return
        ;;
    '--printer')
        return
        ;;
    esac
}

_counterfoil_unresolved() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config)
    __counterfoil_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    esac
}

_counterfoil_shift() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __counterfoil_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    open|cash|close|report|print|current|day)
        # Offer subcommand argument completions
        "_counterfoil_shift_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'open cash close report print current day' -- "${cur}"))
        ;;
    esac
}

_counterfoil_shift_open() {
    repeating_flags=()
    non_repeating_flags=(--json --no-pin --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config --key --as --operator --lane --cash --day --approval)
    __counterfoil_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--key')
        return
        ;;
    '--as')
        return
        ;;
    '--operator')
        return
        ;;
    '--lane')
        return
        ;;
    '--cash')
        return
        ;;
    '--day')
        return
        ;;
    '--approval')
        return
        ;;
    esac
}

_counterfoil_shift_cash() {
    repeating_flags=()
    non_repeating_flags=(--json --no-pin --print --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config --key --as --in --out --safe --reason --approval)
    __counterfoil_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--key')
        return
        ;;
    '--as')
        return
        ;;
    '--in')
        return
        ;;
    '--out')
        return
        ;;
    '--safe')
        return
        ;;
    '--reason')
        return
        ;;
    '--approval')
        return
        ;;
    esac
}

_counterfoil_shift_close() {
    repeating_flags=()
    non_repeating_flags=(--json --no-pin --carry --print --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config --key --as --cash --leave)
    __counterfoil_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--key')
        return
        ;;
    '--as')
        return
        ;;
    '--cash')
        return
        ;;
    '--leave')
        return
        ;;
    esac
}

_counterfoil_shift_report() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config --shift --day)
    __counterfoil_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--shift')
        return
        ;;
    '--day')
        return
        ;;
    esac
}

_counterfoil_shift_print() {
    repeating_flags=()
    non_repeating_flags=(--json --no-pin --wait --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config --key --as --shift --day --movement --printer --lane)
    __counterfoil_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--key')
        return
        ;;
    '--as')
        return
        ;;
    '--shift')
        return
        ;;
    '--day')
        return
        ;;
    '--movement')
        return
        ;;
    '--printer')
        return
        ;;
    '--lane')
        return
        ;;
    esac
}

_counterfoil_shift_current() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config --lane)
    __counterfoil_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--lane')
        return
        ;;
    esac
}

_counterfoil_shift_day() {
    repeating_flags=()
    non_repeating_flags=(--json --no-pin --print --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config --key --as --lane)
    __counterfoil_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--key')
        return
        ;;
    '--as')
        return
        ;;
    '--lane')
        return
        ;;
    esac
}

_counterfoil_provider() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __counterfoil_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    certify|compare)
        # Offer subcommand argument completions
        "_counterfoil_provider_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'certify compare' -- "${cur}"))
        ;;
    esac
}

_counterfoil_provider_certify() {
    repeating_flags=()
    non_repeating_flags=(--codes --yes --json --version -h --help)
    repeating_options=()
    non_repeating_options=(--amount)
    __counterfoil_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--amount')
        return
        ;;
    esac
}

_counterfoil_provider_compare() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config --day --from --to --statement --save --journal --margin)
    __counterfoil_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--day')
        return
        ;;
    '--from')
        return
        ;;
    '--to')
        return
        ;;
    '--statement')
        return
        ;;
    '--save')
        return
        ;;
    '--journal')
        return
        ;;
    '--margin')
        return
        ;;
    esac
}

_counterfoil_printer() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __counterfoil_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    status|jobs|print|decide)
        # Offer subcommand argument completions
        "_counterfoil_printer_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'status jobs print decide' -- "${cur}"))
        ;;
    esac
}

_counterfoil_printer_status() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config)
    __counterfoil_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    esac
}

_counterfoil_printer_jobs() {
    repeating_flags=()
    non_repeating_flags=(--json --all --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config --printer)
    __counterfoil_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--printer')
        return
        ;;
    esac
}

_counterfoil_printer_print() {
    repeating_flags=()
    non_repeating_flags=(--json --no-pin --wait --version -h --help)
    repeating_options=(--text)
    non_repeating_options=(--socket --config --key --as --qr --barcode --printer --live)
    __counterfoil_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--key')
        return
        ;;
    '--as')
        return
        ;;
    '--text')
        return
        ;;
    '--qr')
        return
        ;;
    '--barcode')
        return
        ;;
    '--printer')
        return
        ;;
    '--live')
        return
        ;;
    esac
}

_counterfoil_printer_decide() {
    repeating_flags=()
    non_repeating_flags=(--json --no-pin --wait --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config --key --as)
    __counterfoil_offer_flags_options 2

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--key')
        return
        ;;
    '--as')
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    2)
        __counterfoil_add_completions -W 'itPrinted'$'\n''printAgain'$'\n''cancel'
        return
        ;;
    esac
}

_counterfoil_drawer() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __counterfoil_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    status|open)
        # Offer subcommand argument completions
        "_counterfoil_drawer_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'status open' -- "${cur}"))
        ;;
    esac
}

_counterfoil_drawer_status() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config)
    __counterfoil_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    esac
}

_counterfoil_drawer_open() {
    repeating_flags=()
    non_repeating_flags=(--json --no-pin --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config --key --as --reason --stub --lane --drawer --note --approval)
    __counterfoil_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--key')
        return
        ;;
    '--as')
        return
        ;;
    '--reason')
        __counterfoil_add_completions -W 'change'$'\n''noSale'$'\n''count'$'\n''technician'
        return
        ;;
    '--stub')
        return
        ;;
    '--lane')
        return
        ;;
    '--drawer')
        return
        ;;
    '--note')
        return
        ;;
    '--approval')
        return
        ;;
    esac
}

_counterfoil_sign-in() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config)
    __counterfoil_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    esac
}

_counterfoil_approve() {
    repeating_flags=()
    non_repeating_flags=(--json --paid --not-paid --complete --refund --void --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config --key --operator --reason --amount --revision --tender)
    __counterfoil_offer_flags_options 2

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--key')
        return
        ;;
    '--operator')
        return
        ;;
    '--reason')
        return
        ;;
    '--amount')
        return
        ;;
    '--revision')
        return
        ;;
    '--tender')
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __counterfoil_add_completions -W 'priceOverride'$'\n''manualAdjustment'$'\n''removeLine'$'\n''voidTotalled'$'\n''removeTender'$'\n''correctTender'$'\n''correctSale'$'\n''decideTender'$'\n''returnWithoutOriginal'$'\n''returnTotal'$'\n''cashOut'$'\n''noSale'$'\n''businessDay'
        return
        ;;
    esac
}

_counterfoil_devices() {
    repeating_flags=()
    non_repeating_flags=(--json --all --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config)
    __counterfoil_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    esac
}

_counterfoil_journal() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __counterfoil_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    head|show|verify|prove|check|copy|restore|epoch)
        # Offer subcommand argument completions
        "_counterfoil_journal_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'head show verify prove check copy restore epoch' -- "${cur}"))
        ;;
    esac
}

_counterfoil_journal_head() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config --journal --epoch)
    __counterfoil_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--journal')
        return
        ;;
    '--epoch')
        return
        ;;
    esac
}

_counterfoil_journal_show() {
    repeating_flags=()
    non_repeating_flags=(--json --dump --version -h --help)
    repeating_options=(--kind)
    non_repeating_options=(--socket --config --journal --epoch --from --limit)
    __counterfoil_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--journal')
        return
        ;;
    '--epoch')
        return
        ;;
    '--from')
        return
        ;;
    '--limit')
        return
        ;;
    '--kind')
        return
        ;;
    esac
}

_counterfoil_journal_verify() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=(--key)
    non_repeating_options=(--socket --config --journal --epoch)
    __counterfoil_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--journal')
        return
        ;;
    '--epoch')
        return
        ;;
    '--key')
        return
        ;;
    esac
}

_counterfoil_journal_prove() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config --journal --epoch)
    __counterfoil_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--journal')
        return
        ;;
    '--epoch')
        return
        ;;
    esac
}

_counterfoil_journal_check() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--key --entry --leaf)
    __counterfoil_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--key')
        return
        ;;
    '--entry')
        return
        ;;
    '--leaf')
        return
        ;;
    esac
}

_counterfoil_journal_copy() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config --journal --to)
    __counterfoil_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--journal')
        return
        ;;
    '--to')
        return
        ;;
    esac
}

_counterfoil_journal_restore() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config --journal --from)
    __counterfoil_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--journal')
        return
        ;;
    '--from')
        return
        ;;
    esac
}

_counterfoil_journal_epoch() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __counterfoil_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    list|begin)
        # Offer subcommand argument completions
        "_counterfoil_journal_epoch_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'list begin' -- "${cur}"))
        ;;
    esac
}

_counterfoil_journal_epoch_list() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config --journal)
    __counterfoil_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--journal')
        return
        ;;
    esac
}

_counterfoil_journal_epoch_begin() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config --key --reason --accept-loss-after)
    __counterfoil_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--key')
        return
        ;;
    '--reason')
        return
        ;;
    '--accept-loss-after')
        return
        ;;
    esac
}

_counterfoil_box() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __counterfoil_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    replace|prepare-image)
        # Offer subcommand argument completions
        "_counterfoil_box_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'replace prepare-image' -- "${cur}"))
        ;;
    esac
}

_counterfoil_box_replace() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--from --accept-loss --reason --signing-key --config --user)
    __counterfoil_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--from')
        return
        ;;
    '--accept-loss')
        return
        ;;
    '--reason')
        return
        ;;
    '--signing-key')
        return
        ;;
    '--config')
        return
        ;;
    '--user')
        return
        ;;
    esac
}

_counterfoil_box_prepare-image() {
    repeating_flags=()
    non_repeating_flags=(--keep-configuration --json --version -h --help)
    repeating_options=()
    non_repeating_options=(--config)
    __counterfoil_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--config')
        return
        ;;
    esac
}

_counterfoil_service-codes() {
    repeating_flags=()
    non_repeating_flags=(--json --no-pin --print --qr --svg --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config --key --as --printer)
    __counterfoil_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--key')
        return
        ;;
    '--as')
        return
        ;;
    '--printer')
        return
        ;;
    esac
}

_counterfoil_support-bundle() {
    repeating_flags=()
    non_repeating_flags=(--json --item-names --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config --to)
    __counterfoil_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--to')
        return
        ;;
    esac
}

_counterfoil_factory-reset() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--till --config)
    __counterfoil_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--till')
        return
        ;;
    '--config')
        return
        ;;
    esac
}

_counterfoil_doctor() {
    repeating_flags=()
    non_repeating_flags=(--json --print --fix --yes --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config --printer)
    __counterfoil_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--printer')
        return
        ;;
    esac
}

_counterfoil_clock() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __counterfoil_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    show|set)
        # Offer subcommand argument completions
        "_counterfoil_clock_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'show set' -- "${cur}"))
        ;;
    esac
}

_counterfoil_clock_show() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config)
    __counterfoil_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    esac
}

_counterfoil_clock_set() {
    repeating_flags=()
    non_repeating_flags=(--json --force --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config --reason)
    __counterfoil_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    '--reason')
        return
        ;;
    esac
}

_counterfoil_config() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __counterfoil_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    check|diff|history)
        # Offer subcommand argument completions
        "_counterfoil_config_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'check diff history' -- "${cur}"))
        ;;
    esac
}

_counterfoil_config_check() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--config --journal)
    __counterfoil_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--config')
        return
        ;;
    '--journal')
        return
        ;;
    esac
}

_counterfoil_config_diff() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--config --journal --record)
    __counterfoil_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--config')
        return
        ;;
    '--journal')
        return
        ;;
    '--record')
        return
        ;;
    esac
}

_counterfoil_config_history() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--config --journal)
    __counterfoil_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--config')
        return
        ;;
    '--journal')
        return
        ;;
    esac
}

_counterfoil_pin() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=()
    __counterfoil_offer_flags_options 0
}

_counterfoil_call() {
    repeating_flags=()
    non_repeating_flags=(--json --more --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config)
    __counterfoil_offer_flags_options 2

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    esac
}

_counterfoil_introspect() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket --config)
    __counterfoil_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '--config')
        return
        ;;
    esac
}

_counterfoil_explain() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=()
    __counterfoil_offer_flags_options 1
}

_counterfoil_help() {
    repeating_flags=()
    non_repeating_flags=(--version)
    repeating_options=()
    non_repeating_options=()
    __counterfoil_offer_flags_options -1
}

complete -o filenames -F _counterfoil counterfoil
