#include "services/party/buying_influence.h"

#include <iterator>
#include <map>

#include "absl/numeric/int128.h"
#include "absl/strings/str_cat.h"
#include "daybook/sales/v1/opportunity.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "services/answer_page.h"
#include "services/party/party_reads.h"
#include "services/sums.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::party::v1;
using sales::v1::Opportunity;

constexpr size_t kDealsMax = 2000;

// The buying center of a deal; without an id: it has none.
absl::StatusOr<pb::BuyingCenter> FindCenter(const Query& query, const std::string& deal_id) {
  const domain::ObjectType& type = *domain::Registry::Get().Find("buying_center");
  DAYBOOK_ASSIGN_OR_RETURN(const auto ids,
                           query.snapshot.FindByReference(type, "opportunity_id", deal_id, 1));
  if (ids.empty()) return pb::BuyingCenter();
  return ReadAs<pb::BuyingCenter>(query, "buying_center", ids.front());
}

struct Tally {
  int64_t deals = 0;
  int64_t won = 0;
  int64_t lost = 0;
  std::map<std::string, absl::int128> won_value;
  std::map<std::string, absl::int128> lost_value;
};

void AddAmount(const type::v1::Money& amount, std::map<std::string, absl::int128>* sums) {
  if (!amount.currency().empty()) (*sums)[amount.currency()] += amount.minor();
}

void Count(const Opportunity& deal, Tally* tally) {
  ++tally->deals;
  switch (deal.state()) {
    case sales::v1::OPPORTUNITY_STATE_WON:
    case sales::v1::OPPORTUNITY_STATE_PARTIALLY_WON:
      ++tally->won;
      AddAmount(deal.actual_value(), &tally->won_value);
      return;
    case sales::v1::OPPORTUNITY_STATE_LOST:
      ++tally->lost;
      AddAmount(deal.lost_value(), &tally->lost_value);
      return;
    case sales::v1::OPPORTUNITY_STATE_OPEN:
    case sales::v1::OPPORTUNITY_STATE_ABANDONED:
    case sales::v1::OPPORTUNITY_STATE_UNSPECIFIED:
    case sales::v1::OpportunityState_INT_MIN_SENTINEL_DO_NOT_USE_:
    case sales::v1::OpportunityState_INT_MAX_SENTINEL_DO_NOT_USE_:
      return;
  }
}

void WriteAmounts(const std::map<std::string, absl::int128>& sums,
                  google::protobuf::RepeatedPtrField<type::v1::MoneySum>* out) {
  for (const auto& [currency, minor] : sums) SetSum(minor, currency, out->Add());
}

}  // namespace

absl::Status ReadDealBuyingCenter(const Query& query, const pb::GetDealBuyingCenterRequest& request,
                                  pb::GetDealBuyingCenterResponse* response) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto deal,
                           ReadAs<Opportunity>(query, "opportunity", request.opportunity_id()));
  DAYBOOK_ASSIGN_OR_RETURN(const auto center, FindCenter(query, deal.id()));
  if (center.id().empty()) {
    return Reject(rpc::v1::REASON_NOT_FOUND,
                  absl::StrCat("The opportunity ", deal.id(), " has no buying center; open one."),
                  {{"aggregate", "buying_center"}, {"opportunity_id", deal.id()}});
  }
  response->set_id(center.id());
  response->set_opportunity_id(deal.id());
  response->set_subject(deal.subject());
  response->set_frozen(deal.state() != sales::v1::OPPORTUNITY_STATE_OPEN);
  response->set_corrected(response->frozen() && center.has_at_close());
  const bool kept = request.at_close() && response->corrected();
  const auto& members = kept ? center.at_close().members() : center.members();
  *response->mutable_influences() = kept ? center.at_close().influences() : center.influences();
  std::vector<std::string> ids;
  for (const auto& member : members) ids.push_back(member.contact_id());
  DAYBOOK_ASSIGN_OR_RETURN(const auto contacts, ReadMany<pb::Contact>(query, "contact", ids));
  for (const auto& member : members) {
    pb::BuyingCenterPerson* person = response->add_members();
    *person->mutable_member() = member;
    const auto contact = contacts.find(member.contact_id());
    if (contact == contacts.end()) continue;
    person->set_given_name(contact->second.given_name());
    person->set_family_name(contact->second.family_name());
    person->set_account_id(contact->second.account_id());
  }
  return absl::OkStatus();
}

absl::Status ReadContactInfluence(const Query& query,
                                  const pb::ListContactInfluenceRequest& request,
                                  pb::ListContactInfluenceResponse* response) {
  for (const char* shown : {"account", "opportunity", "buying_center", "contact"}) {
    DAYBOOK_RETURN_IF_ERROR(query.deps.access.CheckRead(query.principal, shown));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const AnswerPage page,
                           AnswerPage::Open(query, "contact-influence", request));
  const Query at = page.at();
  DAYBOOK_RETURN_IF_ERROR(ReadRecord(at, "account", request.account_id(), {}).status());
  const domain::ObjectType& type = *domain::Registry::Get().Find("opportunity");
  DAYBOOK_ASSIGN_OR_RETURN(auto ids, at.snapshot.FindByReference(
                                         type, "account_id", request.account_id(), kDealsMax + 1));
  response->set_partial(ids.size() > kDealsMax);
  if (ids.size() > kDealsMax) ids.resize(kDealsMax);
  DAYBOOK_ASSIGN_OR_RETURN(const auto deals, ReadMany<Opportunity>(at, "opportunity", ids));
  std::map<std::pair<std::string, pb::BuyingRole>, Tally> tallies;
  for (const auto& [id, deal] : deals) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto center, FindCenter(at, id));
    for (const auto& member : center.members()) {
      Count(deal, &tallies[{member.contact_id(), member.role()}]);
    }
  }
  const auto [first, end] = page.Part(tallies.size());
  auto tallied = std::next(tallies.begin(), static_cast<std::ptrdiff_t>(first));
  for (size_t i = first; i < end; ++i, ++tallied) {
    const auto& [key, tally] = *tallied;
    pb::ContactInfluence* contact = response->add_contacts();
    contact->set_contact_id(key.first);
    contact->set_role(key.second);
    contact->set_deals(tally.deals);
    contact->set_won(tally.won);
    contact->set_lost(tally.lost);
    WriteAmounts(tally.won_value, contact->mutable_won_value());
    WriteAmounts(tally.lost_value, contact->mutable_lost_value());
  }
  page.Finish(tallies.size(), response);
  return absl::OkStatus();
}

}  // namespace daybook::services
