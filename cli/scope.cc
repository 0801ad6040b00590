#include "cli/scope.h"

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/records.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"

namespace daybook::cli {

void AddOwnerAndProcess(CLI::App* verb, Scope* scope) {
  verb->add_option("--owner", scope->owner, "Records of this user only (name or id)");
  verb->add_option("--process", scope->process, "Deals of this sales process only (name or id)");
}

absl::Status ResolveScope(Client& client, const Scope& scope, std::string* owner_id,
                          std::string* process_id) {
  if (!scope.owner.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(*owner_id, ResolveUser(client, scope.owner));
  }
  if (!scope.process.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto* type, FindType("sales_process"));
    DAYBOOK_ASSIGN_OR_RETURN(*process_id, ResolveByTitle(client, *type, scope.process));
  }
  return absl::OkStatus();
}

absl::Status ParsePeriod(absl::string_view text, type::v1::Date* from, type::v1::Date* until) {
  const std::pair<std::string, std::string> ends = absl::StrSplit(text, absl::MaxSplits("..", 1));
  const auto first = ParseDay(ends.first);
  const auto end = ParseDay(ends.second);
  if (!first.ok() || !end.ok() || *first >= *end) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--period ", text, ": give two days, the second not included: 2017-04-01..2017-07-01"));
  }
  *from = ToProto(*first);
  *until = ToProto(*end);
  return absl::OkStatus();
}

}  // namespace daybook::cli
