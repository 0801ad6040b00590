#include "projections/account_assignments.h"

#include "absl/strings/str_cat.h"
#include "daybook/party/v1/account.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/record/dated.h"
#include "projections/key.h"

namespace daybook::projections {

namespace {

using party::v1::Account;

// Key: kind ‖ holder ‖ account ‖ from ‖ until. An account that is archived keeps its rows: the past
// of a role does not go away with it.
void Contribute(AssignmentKind kind, absl::string_view holder, const Account& account,
                const domain::Interval& days, std::vector<Contribution>* out) {
  Measures one;
  one.Add(1, "", 1);
  out->push_back(
      {Key().U8(kind).Id(holder).Id(ToAbsl(account.id())).Day(days.from).Day(days.until).Take(),
       std::move(one)});
}

void ContributeAccount(const google::protobuf::Message& record, std::vector<Contribution>* out) {
  const auto& account = static_cast<const Account&>(record);
  for (const auto& entry : account.responsibilities()) {
    for (const std::string& user : entry.user_ids()) {
      Contribute(static_cast<AssignmentKind>(entry.role()), ToAbsl(user), account,
                 domain::IntervalOf(entry), out);
    }
  }
  for (const auto& entry : account.brand_assignments()) {
    Contribute(kBrandOfAccount, ToAbsl(entry.brand_id()), account, domain::IntervalOf(entry), out);
  }
}

absl::StatusOr<Assignment> DecodeKey(absl::string_view key) {
  Assignment assignment;
  uint8_t kind = 0;
  std::string holder;
  std::optional<absl::CivilDay> from;
  KeyReader reader(key);
  if (!reader.U8(&kind) || !reader.Id(&holder) || !reader.Id(&assignment.account_id) ||
      !reader.Day(&from) || !reader.Day(&assignment.until) || !reader.done() || !from.has_value()) {
    return Reject(Reason::REASON_DATA_LOSS, "a row of account_assignments cannot be read");
  }
  assignment.from = *from;
  return assignment;
}

}  // namespace

absl::StatusOr<std::vector<Assignment>> ReadAssignments(const Snapshot& snapshot,
                                                        AssignmentKind kind,
                                                        absl::string_view holder_id,
                                                        absl::CivilDay day) {
  const std::string prefix = Key().U8(kind).Id(holder_id).Take();
  std::vector<Assignment> assignments;
  absl::Status status;
  size_t rows = 0;
  const auto visit = [&](absl::string_view key, absl::string_view) {
    if (++rows > kAssignmentsMax) {
      status = Reject(Reason::REASON_LIMIT_EXCEEDED,
                      absl::StrCat("there are more than ", kAssignmentsMax, " assignments"),
                      {{"limit", "assignments"}, {"value", absl::StrCat(kAssignmentsMax)}});
      return false;
    }
    auto assignment = DecodeKey(key);
    status = assignment.status();
    if (!status.ok()) return false;
    if (domain::Covers({assignment->from, assignment->until}, day)) {
      assignments.push_back(*std::move(assignment));
    }
    return true;
  };
  DAYBOOK_RETURN_IF_ERROR(
      snapshot.ScanRows(kAccountAssignmentsView, prefix, PrefixEnd(prefix), visit));
  if (!status.ok()) return status;
  return assignments;
}

Projection AccountAssignments() {
  return Contributions(kAccountAssignmentsView, 1, "account", &ContributeAccount);
}

}  // namespace daybook::projections
