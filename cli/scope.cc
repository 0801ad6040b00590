#include "cli/scope.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "cli/command_line.h"
#include "cli/records.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"

namespace daybook::cli {

void AddOwnerAndProcess(Command* verb, Scope* scope) {
  verb->AddOption("--owner", &scope->owner, "Records of this user only (name or id)");
  verb->AddOption("--process", &scope->process, "Deals of this sales process only (name or id)");
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

namespace {

// The months of "2017", "2017-Q2", "2017-04"; false for anything else.
bool ParseMonths(absl::string_view text, absl::CivilMonth* first, absl::CivilMonth* end) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits('-', 1));
  int year = 0;
  if (parts.first.size() != 4 || !absl::SimpleAtoi(parts.first, &year)) return false;
  if (text.size() == 4) {
    *first = absl::CivilMonth(year, 1);
    *end = *first + 12;
    return true;
  }
  absl::string_view rest = parts.second;
  const bool quarter = absl::ConsumePrefix(&rest, "Q") || absl::ConsumePrefix(&rest, "q");
  int number = 0;
  if (rest.size() != (quarter ? 1u : 2u) || !absl::SimpleAtoi(rest, &number)) return false;
  if (number < 1 || number > (quarter ? 4 : 12)) return false;
  *first = absl::CivilMonth(year, quarter ? 3 * number - 2 : number);
  *end = *first + (quarter ? 3 : 1);
  return true;
}

}  // namespace

absl::Status ParsePeriod(absl::string_view text, type::v1::Date* from, type::v1::Date* until) {
  absl::CivilMonth first_month, end_month;
  if (ParseMonths(text, &first_month, &end_month)) {
    *from = ToProto(absl::CivilDay(first_month));
    *until = ToProto(absl::CivilDay(end_month));
    return absl::OkStatus();
  }
  const std::pair<std::string, std::string> ends = absl::StrSplit(text, absl::MaxSplits("..", 1));
  const auto first = ParseDay(ends.first);
  const auto end = ParseDay(ends.second);
  if (!first.ok() || !end.ok() || *first >= *end) {
    return absl::InvalidArgumentError(
        absl::StrCat("--period ", text,
                     ": give 2017, 2017-Q2, 2017-04, or two days, the second not included: "
                     "2017-04-01..2017-07-01"));
  }
  *from = ToProto(*first);
  *until = ToProto(*end);
  return absl::OkStatus();
}

}  // namespace daybook::cli
