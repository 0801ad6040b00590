#include "projections/contact_links.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "daybook/party/v1/contact.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/record/dated.h"
#include "projections/key.h"

namespace daybook::projections {

namespace {

// Key: account ‖ contact ‖ from ‖ until ‖ role.
void ContributeContact(const google::protobuf::Message& record, std::vector<Contribution>* out) {
  const auto& contact = static_cast<const party::v1::Contact&>(record);
  for (const auto& link : contact.links()) {
    const domain::Interval days = domain::IntervalOf(link);
    Measures one;
    one.Add(1, "", 1);
    out->push_back({Key()
                        .Id(ToAbsl(link.account_id()))
                        .Id(ToAbsl(contact.id()))
                        .Day(days.from)
                        .Day(days.until)
                        .Text(ToAbsl(link.role()))
                        .Take(),
                    std::move(one)});
  }
}

}  // namespace

absl::StatusOr<std::vector<LinkedContact>> ReadContactLinks(const Snapshot& snapshot,
                                                            absl::string_view account_id,
                                                            absl::CivilDay day) {
  const std::string prefix = Key().Id(account_id).Take();
  std::vector<LinkedContact> links;
  absl::Status status;
  size_t rows = 0;
  const auto visit = [&](absl::string_view key, absl::string_view) {
    if (++rows > kContactLinksMax) {
      status = Reject(Reason::REASON_LIMIT_EXCEEDED,
                      absl::StrCat("the account has more than ", kContactLinksMax, " links"),
                      {{"limit", "contact_links"}, {"value", absl::StrCat(kContactLinksMax)}});
      return false;
    }
    std::string account;
    LinkedContact link;
    std::optional<absl::CivilDay> from;
    std::optional<absl::CivilDay> until;
    KeyReader reader(key);
    if (!reader.Id(&account) || !reader.Id(&link.contact_id) || !reader.Day(&from) ||
        !reader.Day(&until) || !reader.Text(&link.role) || !reader.done() || !from.has_value()) {
      status = Reject(Reason::REASON_DATA_LOSS, "a row of contact_links cannot be read");
      return false;
    }
    if (domain::Covers({*from, until}, day)) links.push_back(std::move(link));
    return true;
  };
  DAYBOOK_RETURN_IF_ERROR(snapshot.ScanRows(kContactLinksView, prefix, PrefixEnd(prefix), visit));
  if (!status.ok()) return status;
  return links;
}

Projection ContactLinks() {
  return Contributions(kContactLinksView, 1, "contact", &ContributeContact);
}

}  // namespace daybook::projections
