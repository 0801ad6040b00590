#pragma once

// The command line: the program, its nouns and verbs, and their options. Verbs see this header
// only; the library that reads the arguments costs seconds in each file that includes it, so that
// command_line.cc alone does (ADR 83).
//
// One thread. Commands and options belong to the command above them and live as long as the
// program's.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace daybook::cli {

// An option, a flag or a positional argument. Each call adds a rule and returns the same option. A
// value that breaks a rule ends the parse with a message that names option and value.
class Option {
 public:
  virtual ~Option() = default;

  virtual Option& Required() = 0;
  // Whole numbers from `low` to `high`, both included.
  virtual Option& Range(int64_t low, int64_t high) = 0;
  virtual Option& NonNegative() = 0;
  // One of these texts, in this spelling.
  virtual Option& OneOf(const std::vector<std::string>& values) = 0;
  virtual Option& ExistingFile() = 0;
  virtual Option& ExistingDirectory() = 0;
  // Where the option is not given, its value is that of this environment variable, if set.
  virtual Option& Envname(const std::string& name) = 0;
  // Of lists: values may also stand in one argument, with this character between them.
  virtual Option& Delimiter(char delimiter) = 0;
  // Of lists: exactly so many values.
  virtual Option& Expected(int values) = 0;
  // Of the same command: allowed only together with the other one, or only without it.
  virtual Option& Needs(Option& other) = 0;
  virtual Option& Excludes(Option& other) = 0;
};

// The program, a noun, or a verb.
class Command {
 public:
  virtual ~Command() = default;

  virtual std::string name() const = 0;
  // Those directly below, in the order in which they were added.
  virtual std::vector<const Command*> commands() const = 0;
  // Long names of its own options without dashes, --help included.
  virtual std::vector<std::string> option_names() const = 0;

  // A command below this one. REQUIRES: no command of that name is there.
  virtual Command* AddCommand(const std::string& name, const std::string& description) = 0;
  // nullptr: no command of that name is directly below.
  virtual Command* FindCommand(absl::string_view name) = 0;
  // One command below must be given. Options given behind it that it does not know count as of
  // this command.
  virtual void RequireCommand() = 0;
  // Shown at the end of the help.
  virtual void SetFooter(const std::string& text) = 0;

  // An option ("--name", "-n,--name"), or a positional argument ("name"), whose value is stored in
  // `*value`. It keeps what it holds where the option is not given, and must outlive Parse.
  virtual Option& AddOption(const std::string& name, std::string* value,
                            const std::string& help) = 0;
  virtual Option& AddOption(const std::string& name, int32_t* value, const std::string& help) = 0;
  virtual Option& AddOption(const std::string& name, int64_t* value, const std::string& help) = 0;
  virtual Option& AddOption(const std::string& name, uint32_t* value, const std::string& help) = 0;
  virtual Option& AddOption(const std::string& name, uint64_t* value, const std::string& help) = 0;
  // These tell an empty text, or 0, from an option that is not given.
  virtual Option& AddOption(const std::string& name, std::optional<std::string>* value,
                            const std::string& help) = 0;
  virtual Option& AddOption(const std::string& name, std::optional<int32_t>* value,
                            const std::string& help) = 0;
  virtual Option& AddOption(const std::string& name, std::optional<int64_t>* value,
                            const std::string& help) = 0;
  virtual Option& AddOption(const std::string& name, std::optional<uint32_t>* value,
                            const std::string& help) = 0;
  virtual Option& AddOption(const std::string& name, std::optional<uint64_t>* value,
                            const std::string& help) = 0;
  // One argument may hold several values; all that are given are stored.
  virtual Option& AddOption(const std::string& name, std::vector<std::string>* values,
                            const std::string& help) = 0;
  virtual Option& AddFlag(const std::string& name, bool* value, const std::string& help) = 0;
  // An option whose values have names; `store` gets the number of the one that is given.
  virtual Option& AddChoice(const std::string& name, const std::map<std::string, int>& choices,
                            std::function<void(int)> store, const std::string& help) = 0;

  // What Run does when this command is the one that was given.
  virtual void SetAction(std::function<absl::Status()> action) = 0;

  // Of the program: reads the arguments into the values. Returns 0 when that was all, as for
  // --help, another number for wrong use, both printed already; nothing when Run is to follow.
  virtual std::optional<int> Parse(int argc, const char* const* argv) = 0;
  // Of the program, after Parse: the action of the command that was given.
  virtual absl::Status Run() = 0;
};

// The program itself.
std::shared_ptr<Command> NewProgram(const std::string& name, const std::string& description);

}  // namespace daybook::cli
