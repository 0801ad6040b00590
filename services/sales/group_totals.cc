#include "services/sales/group_totals.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "daybook/party/v1/account.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "projections/group_totals.h"
#include "services/sales/board_messages.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::sales::v1;
// Where a list of totals goes on: its position and how many were shown.
struct Page {
  eventstore::LogPosition position = 0;
  size_t offset = 0;
};

std::string TokenOf(const Query& query, const std::string& account_id, const Page& page) {
  return query.deps.keys.SealToken(
      absl::StrCat("totals\n", account_id, "\n", page.position, "\n", page.offset));
}

absl::StatusOr<Page> PageOf(const Query& query, const pb::ListGroupTotalsRequest& request) {
  Page page{query.snapshot.position(), 0};
  if (request.page_token().empty()) return page;
  const auto plain = query.deps.keys.OpenToken(request.page_token());
  const std::vector<std::string> parts =
      plain.ok() ? absl::StrSplit(*plain, '\n') : std::vector<std::string>();
  if (parts.size() != 4 || parts[0] != "totals" || parts[1] != request.account_id() ||
      !absl::SimpleAtoi(parts[2], &page.position) || !absl::SimpleAtoi(parts[3], &page.offset)) {
    return Reject(rpc::v1::REASON_INVALID_PAGE_TOKEN,
                  "page_token does not belong to this list; start without one");
  }
  return page;
}

pb::GroupTotal ToMessage(const projections::GroupTotal& total) {
  pb::GroupTotal message;
  message.set_account_id(total.account_id);
  message.set_accounts(total.accounts);
  message.set_won_count(total.won_count);
  message.set_open_count(total.open_count);
  for (auto& amount : AmountsOf(total.group)) *message.add_group() = std::move(amount);
  for (auto& amount : AmountsOf(total.own)) *message.add_own() = std::move(amount);
  return message;
}

absl::Status FillPage(const Query& query, const projections::Snapshot& snapshot,
                      const pb::ListGroupTotalsRequest& request, Page page,
                      pb::ListGroupTotalsResponse* response) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto totals,
                           projections::ReadGroupTotals(snapshot, request.account_id(),
                                                        query.deps.engine.GetSettings().currency));
  const auto size = static_cast<size_t>(request.page_size() == 0 ? projections::kPageSizeDefault
                                                                 : request.page_size());
  const size_t end = std::min(totals.size(), page.offset + size);
  std::vector<std::string> ids;
  for (size_t i = page.offset; i < end; ++i) ids.push_back(totals[i].account_id);
  DAYBOOK_ASSIGN_OR_RETURN(const auto accounts,
                           snapshot.GetRecords(*domain::Registry::Get().Find("account"), ids));
  for (size_t i = 0; i < ids.size(); ++i) {
    pb::GroupTotal message = ToMessage(totals[page.offset + i]);
    if (accounts[i] != nullptr) {
      message.set_name(static_cast<const party::v1::Account&>(*accounts[i]).name());
    }
    *response->add_totals() = std::move(message);
  }
  page.offset = end;
  if (end < totals.size()) {
    response->set_next_page_token(TokenOf(query, request.account_id(), page));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadGroupTotals(const Query& query, const pb::ListGroupTotalsRequest& request,
                             pb::ListGroupTotalsResponse* response) {
  DAYBOOK_RETURN_IF_ERROR(query.deps.access.CheckRead(query.principal, "opportunity"));
  DAYBOOK_RETURN_IF_ERROR(query.deps.access.CheckRead(query.principal, "account"));
  if (request.page_size() < 0 || request.page_size() > projections::kPageSizeMax) {
    return InvalidField("page_size", absl::StrCat("must be from 1 to ", projections::kPageSizeMax,
                                                  ", or 0 for ", projections::kPageSizeDefault));
  }
  if (!request.account_id().empty()) {
    DAYBOOK_RETURN_IF_ERROR(ReadRecord(query, "account", request.account_id(), {}).status());
  }
  DAYBOOK_ASSIGN_OR_RETURN(const Page page, PageOf(query, request));
  if (page.position == query.snapshot.position()) {
    return FillPage(query, query.snapshot, request, page, response);
  }
  // Later pages are read where the first one stood.
  DAYBOOK_ASSIGN_OR_RETURN(const auto snapshot, query.deps.views.AsOf(page.position));
  query.stands_at = {snapshot->position(), snapshot->recorded_at()};
  return FillPage(query, *snapshot, request, page, response);
}

}  // namespace daybook::services
