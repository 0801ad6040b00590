#pragma once

// What verbs do with their options.

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "cli/app.h"
#include "cli/command_line.h"

namespace daybook::cli {

// When the verb is chosen, its action runs with these options, which live as long as the verb.
template <class Options>
void SetAction(Command* verb, App& app, std::shared_ptr<Options> options,
               absl::Status (*action)(App&, const Options&)) {
  verb->SetAction([options = std::move(options), &app, action] { return action(app, *options); });
}

// The value of an enum that an option names: "no-answer" of X_NO_ANSWER with the prefix "X_".
// `parse` is the enum's own X_Parse.
template <class Enum>
absl::StatusOr<Enum> ParseEnumOption(absl::string_view option, absl::string_view prefix,
                                     absl::string_view text,
                                     bool (*parse)(const std::string&, Enum*)) {
  const std::string name =
      absl::StrReplaceAll(absl::AsciiStrToUpper(text), {{"-", "_"}, {" ", "_"}});
  Enum value{};
  if (parse(absl::StrCat(prefix, name), &value)) return value;
  return absl::InvalidArgumentError(absl::StrCat("--", option, " cannot be ", text));
}

}  // namespace daybook::cli
