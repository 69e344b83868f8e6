# Completion of psherald for bash: commands, options, fields of filters, and values from the database.
_psherald() {
  local line=${COMP_LINE:0:COMP_POINT} words word current=${COMP_WORDS[COMP_CWORD]} candidate
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  word=${words[-1]#[\"\']}
  words[-1]=$word
  local cut=""
  # Where the word is not quoted, bash takes it for several and replaces the last of them.
  [[ $current != [\"\']* ]] && cut=${word%"${word##*[$COMP_WORDBREAKS]}"}
  COMPREPLY=()
  while IFS= read -r candidate; do
    COMPREPLY+=("${candidate#"$cut"}")
  done < <("${words[0]}" complete -- "${words[@]:1}" 2>/dev/null)
  [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *" " ]] && compopt +o nospace && COMPREPLY[0]=${COMPREPLY[0]% }
  [[ ${#COMPREPLY[@]} -gt 0 ]] || compopt -o default
}
complete -o nospace -F _psherald psherald
