#include "projections/project_deals.h"

#include "absl/strings/str_cat.h"
#include "daybook/sales/v1/opportunity.pb.h"
#include "daybook/sales/v1/project_customer.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "projections/key.h"

namespace daybook::projections {

namespace {

// DO NOT CHANGE numbers: on disk.
enum Measure : uint8_t { kCustomer = 1, kDeals = 2 };

// Key: project ‖ account. DO NOT CHANGE: on disk.
void Give(const std::string& project_id, const std::string& account_id, Measure measure,
          std::vector<Contribution>* out) {
  if (project_id.empty() || account_id.empty()) return;
  Contribution given;
  given.key = Key().Id(ToAbsl(project_id)).Id(ToAbsl(account_id)).Take();
  given.measures.Add(measure, "", 1);
  out->push_back(std::move(given));
}

void ContributeDeal(const google::protobuf::Message& record, std::vector<Contribution>* out) {
  const auto& deal = static_cast<const sales::v1::Opportunity&>(record);
  if (!deal.archived()) Give(deal.crm_project_id(), deal.account_id(), kDeals, out);
}

void ContributeCustomer(const google::protobuf::Message& record, std::vector<Contribution>* out) {
  const auto& customer = static_cast<const sales::v1::ProjectCustomer&>(record);
  if (!customer.archived()) Give(customer.crm_project_id(), customer.account_id(), kCustomer, out);
}

}  // namespace

absl::StatusOr<size_t> VisitUnprocessed(
    const Snapshot& snapshot, absl::string_view crm_project_id, absl::string_view after,
    size_t budget, absl::FunctionRef<bool(const std::string& account_id)> visit) {
  const std::string head = Key().Id(crm_project_id).Take();
  const std::string first = after.empty() ? head : PrefixEnd(head + Key().Id(after).Take());
  absl::Status status;
  size_t seen = 0;
  const std::string limit = absl::StrCat(budget);
  DAYBOOK_RETURN_IF_ERROR(snapshot.ScanRows(
      kProjectDealsView, first, PrefixEnd(head),
      [&](absl::string_view key, absl::string_view value) {
        if (++seen > budget) {
          status =
              Reject(Reason::REASON_LIMIT_EXCEEDED,
                     "the project has too many customers to look at them all", {{"limit", limit}});
          return false;
        }
        std::string project, account;
        KeyReader reader(key);
        const auto sums = Measures::Decode(value);
        if (!reader.Id(&project) || !reader.Id(&account) || !reader.done() || !sums.ok()) {
          status = Reject(Reason::REASON_DATA_LOSS, "a row of project_deals cannot be read");
          return false;
        }
        if (sums->Get(kCustomer) == 0 || sums->Get(kDeals) != 0) return true;
        return visit(account);
      }));
  if (!status.ok()) return status;
  return seen;
}

// What two kinds of records give to the same rows.
Projection ProjectDeals() {
  Projection deals = Contributions(kProjectDealsView, 1, "opportunity", &ContributeDeal);
  Projection customers =
      Contributions(kProjectDealsView, 1, "project_customer", &ContributeCustomer);
  Projection view = deals;
  view.aggregates.push_back("project_customer");
  view.apply = [of_deals = std::move(deals.apply), of_customers = std::move(customers.apply)](
                   const Change& change, RowTx& tx) {
    return change.type.name == "opportunity" ? of_deals(change, tx) : of_customers(change, tx);
  };
  return view;
}

}  // namespace daybook::projections
