// completion bash: a script that completes nouns, verbs, options and the names of files.

#include <memory>

#include "absl/strings/str_cat.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/table.h"
#include "cli/verbs.h"

namespace daybook::cli {
namespace {

constexpr absl::string_view kHead =
    R"(# bash completion of daybook. Use it with: source <(daybook completion bash)
_daybook() {
  local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}"
  local path="" word words=""
  case "$previous" in
    --key-file|--data-dir|--from|--result|--out|--tls-ca|--tls-cert|--tls-key)
      COMPREPLY=($(compgen -f -- "$current")); return ;;
    -o|--output) COMPREPLY=($(compgen -W "table json csv" -- "$current")); return ;;
    --color) COMPREPLY=($(compgen -W "auto always never" -- "$current")); return ;;
  esac
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path $word" in
)";

constexpr absl::string_view kTail = R"(  esac
  if [[ "$current" == -* || -n "$words" ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  fi
  if [[ ${#COMPREPLY[@]} -eq 0 ]]; then COMPREPLY=($(compgen -f -- "$current")); fi
}
complete -o filenames -F _daybook daybook
)";

std::string OptionsOf(const Command& command) {
  std::string words;
  for (const auto& name : command.option_names()) absl::StrAppend(&words, "--", name, " ");
  return words;
}

void Collect(const Command& command, const std::string& path, const std::string& global,
             std::string* paths, std::string* words) {
  std::string own = absl::StrCat(OptionsOf(command), path.empty() ? "" : global);
  for (const Command* child : command.commands()) {
    const std::string child_path = absl::StrCat(path, " ", child->name());
    absl::StrAppend(&own, child->name(), " ");
    absl::StrAppend(paths, "      \"", child_path, "\") path=\"", child_path, "\" ;;\n");
    Collect(*child, child_path, global, paths, words);
  }
  absl::StrAppend(words, "    \"", path, "\") words=\"", own, "\" ;;\n");
}

}  // namespace

void AddCompletion(Command& root, App& app) {
  auto shell = std::make_shared<std::string>();
  Command* verb = root.AddCommand("completion", "A completion script for the shell");
  verb->AddOption("shell", shell.get(), "bash").Required().OneOf({"bash"});
  verb->SetAction([&root, shell] {
    std::string paths;
    std::string words;
    Collect(root, "", OptionsOf(root), &paths, &words);
    Print(absl::StrCat(kHead, paths, "    esac\n  done\n  case \"$path\" in\n", words, kTail));
    return absl::OkStatus();
  });
}

}  // namespace daybook::cli
