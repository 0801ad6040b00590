#include <algorithm>

#include "absl/strings/str_cat.h"
#include "daybook/work/v1/activity.pb.h"
#include "daybook/work/v1/calendar_feed_service.grpc.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "services/registry.h"
#include "services/rpc.h"
#include "services/work/calendar_text.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::work::v1;

constexpr absl::string_view kTokenKind = "dbf";
constexpr int kFeedDaysBack = 90;
constexpr int kFeedDaysAhead = 400;
constexpr int kFeedActivitiesMax = 1000;

absl::Status NoSuchFeed() {
  return Reject(rpc::v1::REASON_NOT_FOUND, "there is no calendar feed with this token",
                {{"aggregate", "calendar_feed"}});
}

// Asked of the log, so that a revoked token ends at once.
absl::StatusOr<std::shared_ptr<const pb::CalendarFeed>> FeedOf(const Deps& deps,
                                                               const std::string& text) {
  const auto token = ParseSecretToken(kTokenKind, text);
  if (!token.has_value()) return NoSuchFeed();
  DAYBOOK_ASSIGN_OR_RETURN(const bool issued, IsIssuedSecret(deps.keys, *token));
  if (!issued) return NoSuchFeed();
  DAYBOOK_ASSIGN_OR_RETURN(const auto record,
                           deps.engine.LoadRecord("calendar_feed", token->id.ToString()));
  auto feed = std::static_pointer_cast<const pb::CalendarFeed>(record);
  if (feed == nullptr || feed->revoked() || feed->prefix() != token->prefix) return NoSuchFeed();
  return feed;
}

// Appends activities of the user in days [from, to] to `out`, at most `limit` in all. Returns
// whether there are more.
absl::StatusOr<bool> AddActivities(const Query& query, const pb::CalendarFeed& feed,
                                   absl::CivilDay from, absl::CivilDay to, absl::string_view order,
                                   std::vector<pb::Activity>* out) {
  const int left = kFeedActivitiesMax - static_cast<int>(out->size());
  if (left == 0) return true;
  ListArguments arguments;
  arguments.aggregate = "activity";
  const std::string filter = absl::StrCat(
      "assignee_id = \"", feed.user_id(), "\" AND archived = false AND due_on >= ", FormatDay(from),
      " AND due_on <= ", FormatDay(to), feed.exported_only() ? " AND calendar_export = true" : "");
  arguments.filter = filter;
  arguments.order_by = order;
  arguments.page_size = left;
  DAYBOOK_ASSIGN_OR_RETURN(const auto page, ReadList(query, arguments));
  for (const std::string& bytes : page.serialized) {
    if (!out->emplace_back().ParseFromString(bytes)) {
      return Reject(rpc::v1::REASON_DATA_LOSS, "an activity cannot be read");
    }
  }
  return !page.next_page_token.empty();
}

absl::Status FeedText(const Query& query, const pb::GetCalendarFeedTextRequest& request,
                      pb::GetCalendarFeedTextResponse* response) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto feed, FeedOf(query.deps, request.token()));
  const absl::TimeZone zone = query.deps.engine.GetSettings().zone;
  const absl::Time now =
      query.snapshot.is_past() ? query.snapshot.recorded_at() : query.deps.clock.Now();
  const absl::CivilDay today = absl::ToCivilDay(now, zone);
  std::vector<pb::Activity> activities;
  DAYBOOK_ASSIGN_OR_RETURN(
      bool more, AddActivities(query, *feed, today, today + kFeedDaysAhead, "due_on", &activities));
  DAYBOOK_ASSIGN_OR_RETURN(const bool older, AddActivities(query, *feed, today - kFeedDaysBack,
                                                           today - 1, "due_on desc", &activities));
  response->set_truncated(more || older);
  response->set_text(CalendarText(activities, CalendarDetail::kFeed, zone));
  return absl::OkStatus();
}

absl::Status ActivityText(const Query& query, const pb::GetActivityIcsRequest& request,
                          pb::GetActivityIcsResponse* response) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto record,
                           ReadRecord(query, "activity", request.activity_id(), {}));
  const auto& activity = static_cast<const pb::Activity&>(*record);
  if (!HasCalendarTime(activity)) {
    return Reject(rpc::v1::REASON_MISSING_REQUIRED_FOR_STATE,
                  absl::StrCat("activity ", activity.id(),
                               " has no time; give it one with RescheduleActivity"),
                  {{"field", "due_date"}});
  }
  response->set_text(
      CalendarText({activity}, CalendarDetail::kAll, query.deps.engine.GetSettings().zone));
  return absl::OkStatus();
}

class Service final : public pb::CalendarFeedService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  // The secret is made here and stays here: the log gets its hash prefix, keys/ its hash, the
  // caller the text.
  Reactor* IssueCalendarFeed(Rpc* rpc, const pb::IssueCalendarFeedRequest* request,
                             pb::IssueCalendarFeedResponse* response) override {
    const auto text = std::make_shared<std::string>();
    CommandHooks hooks;
    hooks.before = [this, request, text](CommandCall& call) {
      return Prepare(*request, call, text.get());
    };
    hooks.after = [response, text](const CommandAnswer&) { response->set_token(*text); };
    return ServeCommand(rpc, deps_, *request, response, std::move(hooks));
  }
  Reactor* RevokeCalendarFeed(Rpc* rpc, const pb::RevokeCalendarFeedRequest* request,
                              pb::RevokeCalendarFeedResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* GetCalendarFeed(Rpc* rpc, const pb::GetCalendarFeedRequest* request,
                           pb::GetCalendarFeedResponse* response) override {
    return ServeGet(rpc, deps_, *request, response);
  }
  Reactor* ListCalendarFeeds(Rpc* rpc, const pb::ListCalendarFeedsRequest* request,
                             pb::ListCalendarFeedsResponse* response) override {
    return ServeList(rpc, deps_, *request, response);
  }
  Reactor* GetCalendarFeedText(Rpc* rpc, const pb::GetCalendarFeedTextRequest* request,
                               pb::GetCalendarFeedTextResponse* response) override {
    return ServeQuery(
        rpc, deps_, *request, response, QueryCost::kHeavy,
        [request, response](const Query& query) { return FeedText(query, *request, response); });
  }
  Reactor* GetActivityIcs(Rpc* rpc, const pb::GetActivityIcsRequest* request,
                          pb::GetActivityIcsResponse* response) override {
    return ServeQuery(rpc, deps_, *request, response, QueryCost::kLight,
                      [request, response](const Query& query) {
                        return ActivityText(query, *request, response);
                      });
  }

 private:
  absl::Status Prepare(const pb::IssueCalendarFeedRequest& request, CommandCall& call,
                       std::string* text) {
    DAYBOOK_RETURN_IF_ERROR(deps_.access.CheckOperate(call.principal, "IssueCalendarFeed"));
    DAYBOOK_ASSIGN_OR_RETURN(const Uuid id, IssuedId(request, "calendar_feed"));
    const SecretToken token = MakeSecretToken(kTokenKind, id, deps_.random, text);
    // A repeated request must not replace the secret of the feed that the first one issued.
    DAYBOOK_ASSIGN_OR_RETURN(const auto record,
                             deps_.engine.LoadRecord("calendar_feed", id.ToString()));
    if (record == nullptr && !request.header().validate_only()) {
      DAYBOOK_RETURN_IF_ERROR(
          deps_.keys.PutSecretHash(SecretSlot(id, token.prefix), token.secret_hash));
    }
    auto identified = std::make_shared<pb::IssueCalendarFeedRequest>(request);
    identified->set_id(id.ToString());
    call.request = std::move(identified);
    call.secret_prefix = token.prefix;
    return absl::OkStatus();
  }

  // Made from the request id when the caller brings none, so that a repeat is the same request.
  static absl::StatusOr<Uuid> IssuedId(const pb::IssueCalendarFeedRequest& request,
                                       absl::string_view aggregate) {
    if (!request.id().empty()) {
      const auto id = Uuid::Parse(request.id());
      return id.ok() ? id : InvalidField("id", id.status().message());
    }
    const auto request_id = Uuid::Parse(request.header().request_id());
    if (!request_id.ok()) {
      return InvalidField("header.request_id", "a UUID chosen by the caller is required");
    }
    return Uuid::MakeV5(*request_id, aggregate);
  }

  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewCalendarFeedService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
