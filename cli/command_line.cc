#include "cli/command_line.h"

#include <CLI/CLI.hpp>
#include <deque>
#include <utility>

namespace daybook::cli {
namespace {

class ParsedOption final : public Option {
 public:
  explicit ParsedOption(CLI::Option* option) : option_(option) {}

  Option& Required() override {
    option_->required();
    return *this;
  }
  Option& Range(int64_t low, int64_t high) override { return Check(CLI::Range(low, high)); }
  Option& NonNegative() override { return Check(CLI::NonNegativeNumber); }
  Option& OneOf(const std::vector<std::string>& values) override {
    return Check(CLI::IsMember(values));
  }
  Option& ExistingFile() override { return Check(CLI::ExistingFile); }
  Option& ExistingDirectory() override { return Check(CLI::ExistingDirectory); }
  Option& Envname(const std::string& name) override {
    option_->envname(name);
    return *this;
  }
  Option& Delimiter(char delimiter) override {
    option_->delimiter(delimiter);
    return *this;
  }
  Option& Expected(int values) override {
    option_->expected(values);
    return *this;
  }
  Option& Needs(Option& other) override {
    option_->needs(static_cast<ParsedOption&>(other).option_);
    return *this;
  }
  Option& Excludes(Option& other) override {
    option_->excludes(static_cast<ParsedOption&>(other).option_);
    return *this;
  }

 private:
  Option& Check(const CLI::Validator& validator) {
    option_->check(validator);
    return *this;
  }

  CLI::Option* const option_;
};

using Action = std::function<absl::Status()>;

class ParsedCommand final : public Command {
 public:
  // `chosen` gets the action of the command that is given.
  ParsedCommand(CLI::App* app, Action* chosen) : app_(app), chosen_(chosen) {}

  std::string name() const override { return app_->get_name(); }

  std::vector<const Command*> commands() const override {
    std::vector<const Command*> all;
    for (const auto& command : commands_) all.push_back(command.get());
    return all;
  }

  std::vector<std::string> option_names() const override {
    std::vector<std::string> names;
    for (const CLI::Option* option : std::as_const(*app_).get_options()) {
      names.insert(names.end(), option->get_lnames().begin(), option->get_lnames().end());
    }
    return names;
  }

  Command* AddCommand(const std::string& name, const std::string& description) override {
    commands_.push_back(
        std::make_unique<ParsedCommand>(app_->add_subcommand(name, description), chosen_));
    return commands_.back().get();
  }

  Command* FindCommand(absl::string_view name) override {
    for (const auto& command : commands_) {
      if (command->app_->get_name() == name) return command.get();
    }
    return nullptr;
  }

  void RequireCommand() override {
    app_->require_subcommand(1);
    app_->fallthrough();
  }

  void SetFooter(const std::string& text) override { app_->footer(text); }

  Option& AddOption(const std::string& name, std::string* value, const std::string& help) override {
    return Keep(app_->add_option(name, *value, help));
  }
  Option& AddOption(const std::string& name, int32_t* value, const std::string& help) override {
    return Keep(app_->add_option(name, *value, help));
  }
  Option& AddOption(const std::string& name, int64_t* value, const std::string& help) override {
    return Keep(app_->add_option(name, *value, help));
  }
  Option& AddOption(const std::string& name, uint32_t* value, const std::string& help) override {
    return Keep(app_->add_option(name, *value, help));
  }
  Option& AddOption(const std::string& name, uint64_t* value, const std::string& help) override {
    return Keep(app_->add_option(name, *value, help));
  }
  Option& AddOption(const std::string& name, std::optional<std::string>* value,
                    const std::string& help) override {
    return AddOptional(name, value, help);
  }
  Option& AddOption(const std::string& name, std::optional<int32_t>* value,
                    const std::string& help) override {
    return AddOptional(name, value, help);
  }
  Option& AddOption(const std::string& name, std::optional<int64_t>* value,
                    const std::string& help) override {
    return AddOptional(name, value, help);
  }
  Option& AddOption(const std::string& name, std::optional<uint32_t>* value,
                    const std::string& help) override {
    return AddOptional(name, value, help);
  }
  Option& AddOption(const std::string& name, std::optional<uint64_t>* value,
                    const std::string& help) override {
    return AddOptional(name, value, help);
  }
  Option& AddOption(const std::string& name, std::vector<std::string>* values,
                    const std::string& help) override {
    return Keep(app_->add_option(name, *values, help));
  }
  Option& AddFlag(const std::string& name, bool* value, const std::string& help) override {
    return Keep(app_->add_flag(name, *value, help));
  }
  Option& AddChoice(const std::string& name, const std::map<std::string, int>& choices,
                    std::function<void(int)> store, const std::string& help) override {
    CLI::Option* option = app_->add_option_function<int>(name, std::move(store), help);
    option->type_name("ENUM");
    option->transform(CLI::CheckedTransformer(choices).description(""));
    return Keep(option);
  }

  void SetAction(Action action) override {
    app_->callback([chosen = chosen_, action = std::move(action)] { *chosen = action; });
  }

  std::optional<int> Parse(int argc, const char* const* argv) override {
    try {
      app_->parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      // The library reports by exception; ours begin and end here.
      return app_->exit(error);
    }
    return std::nullopt;
  }

  absl::Status Run() override { return *chosen_ ? (*chosen_)() : absl::OkStatus(); }

 private:
  Option& Keep(CLI::Option* option) { return options_.emplace_back(option); }
  template <class Value>
  Option& AddOptional(const std::string& name, std::optional<Value>* value,
                      const std::string& help) {
    return Keep(app_->add_option_function<Value>(
        name, [value](const Value& given) { *value = given; }, help));
  }

  CLI::App* const app_;
  Action* const chosen_;
  std::vector<std::unique_ptr<ParsedCommand>> commands_;
  std::deque<ParsedOption> options_;  // references into it stay valid while it grows
};

// The program owns what the library knows of all commands.
struct Program {
  explicit Program(const std::string& description) : app(description), command(&app, &chosen) {}

  CLI::App app;
  Action chosen;
  ParsedCommand command;
};

}  // namespace

std::shared_ptr<Command> NewProgram(const std::string& name, const std::string& description) {
  auto program = std::make_shared<Program>(description);
  program->app.name(name);
  return std::shared_ptr<Command>(program, &program->command);
}

}  // namespace daybook::cli
