/** What a completion function puts before the words of the line when it asks tsrun what may follow. */
export const completionRequest = "--get-yargs-completions";

// SHELL tells yargs whether the answer may carry descriptions: zsh shows them, bash would insert them.
const bash = `# bash completion of tsrun: source it, or put it into /usr/share/bash-completion/completions/tsrun
_tsrun() {
  local current="\${COMP_WORDS[COMP_CWORD]}"
  local words
  words=$(SHELL=bash ZSH_NAME= tsrun ${completionRequest} "\${COMP_WORDS[@]:0:COMP_CWORD+1}" 2>/dev/null)
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o bashdefault -o default -F _tsrun tsrun
`;

const zsh = `#compdef tsrun
# zsh completion of tsrun: put it as _tsrun into a directory of $fpath
_tsrun() {
  local -a found
  found=("\${(@f)$(SHELL=zsh tsrun ${completionRequest} "\${(@)words[1,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then
    _describe tsrun found
  else
    _files
  fi
}
if [[ "\${zsh_eval_context[-1]}" == loadautofunc ]]; then
  _tsrun "$@"
else
  compdef _tsrun tsrun
fi
`;

/** The completion scripts by the shell's name. */
export const completionScripts: Readonly<Record<string, string>> = { bash, zsh };
