// completion bash: a script that completes nouns, verbs, options and the names of files.

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "cli/app.h"
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

std::string OptionsOf(const CLI::App& app) {
  std::string words;
  for (const CLI::Option* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) absl::StrAppend(&words, "--", name, " ");
  }
  return words;
}

void Collect(const CLI::App& app, const std::string& path, const std::string& global,
             std::string* paths, std::string* words) {
  std::string own = absl::StrCat(OptionsOf(app), path.empty() ? "" : global);
  for (const CLI::App* child : app.get_subcommands({})) {
    const std::string child_path = absl::StrCat(path, " ", child->get_name());
    absl::StrAppend(&own, child->get_name(), " ");
    absl::StrAppend(paths, "      \"", child_path, "\") path=\"", child_path, "\" ;;\n");
    Collect(*child, child_path, global, paths, words);
  }
  absl::StrAppend(words, "    \"", path, "\") words=\"", own, "\" ;;\n");
}

}  // namespace

void AddCompletion(CLI::App& root, App& app) {
  auto shell = std::make_shared<std::string>();
  CLI::App* verb = root.add_subcommand("completion", "A completion script for the shell");
  verb->add_option("shell", *shell, "bash")->required()->check(CLI::IsMember({"bash"}));
  verb->callback([&root, &app] {
    app.action = [&root] {
      std::string paths;
      std::string words;
      Collect(root, "", OptionsOf(root), &paths, &words);
      Print(absl::StrCat(kHead, paths, "    esac\n  done\n  case \"$path\" in\n", words, kTail));
      return absl::OkStatus();
    };
  });
}

}  // namespace daybook::cli
