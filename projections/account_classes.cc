#include "projections/account_classes.h"

#include "daybook/party/v1/account.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "projections/key.h"

namespace daybook::projections {

namespace {

// DO NOT CHANGE: on disk.
constexpr uint8_t kAccounts = 1;

// Key: scheme ‖ class.
void ContributeAccount(const google::protobuf::Message& record, std::vector<Contribution>* out) {
  const auto& account = static_cast<const party::v1::Account&>(record);
  if (account.archived() || account.account_class().empty()) return;
  Measures one;
  one.Add(kAccounts, "", 1);
  out->push_back(
      {Key().Id(ToAbsl(account.class_scheme_id())).Text(ToAbsl(account.account_class())).Take(),
       std::move(one)});
}

absl::StatusOr<ClassCount> DecodeRow(absl::string_view key, absl::string_view value) {
  ClassCount count;
  KeyReader reader(key);
  if (!reader.Id(&count.class_scheme_id) || !reader.Text(&count.account_class) || !reader.done()) {
    return Reject(Reason::REASON_DATA_LOSS, "a row of account_classes cannot be read");
  }
  DAYBOOK_ASSIGN_OR_RETURN(const Measures sums, Measures::Decode(value));
  count.count = static_cast<int64_t>(sums.Get(kAccounts));
  return count;
}

}  // namespace

absl::StatusOr<std::vector<ClassCount>> ReadAccountClasses(const Snapshot& snapshot,
                                                           absl::string_view class_scheme_id) {
  std::string first;
  std::string last;
  if (!class_scheme_id.empty()) {
    first = Key().Id(class_scheme_id).Take();
    last = PrefixEnd(first);
  }
  std::vector<ClassCount> counts;
  absl::Status status;
  DAYBOOK_RETURN_IF_ERROR(snapshot.ScanRows(kAccountClassesView, first, last,
                                            [&](absl::string_view key, absl::string_view value) {
                                              auto count = DecodeRow(key, value);
                                              status = count.status();
                                              if (!status.ok()) return false;
                                              counts.push_back(*std::move(count));
                                              return true;
                                            }));
  if (!status.ok()) return status;
  return counts;
}

Projection AccountClasses() {
  return Contributions(kAccountClassesView, 1, "account", &ContributeAccount);
}

}  // namespace daybook::projections
