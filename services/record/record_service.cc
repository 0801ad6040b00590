#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "daybook/log/v1/metadata.pb.h"
#include "daybook/record/v1/record_service.grpc.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/base/time.h"
#include "services/custom_fields.h"
#include "services/registry.h"
#include "services/rpc.h"
#include "services/sealed_cursor.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::record::v1;
using google::protobuf::Message;

constexpr char kChangesPage[] = "record-changes";
constexpr int kChangesDefault = 100;
constexpr int kKeysMax = 1000;

absl::Status ReadGeneric(const Query& query, const pb::GetRecordRequest& request,
                         pb::GetRecordResponse* response) {
  const auto& mask = request.field_mask().paths();
  DAYBOOK_ASSIGN_OR_RETURN(
      *response->mutable_record(),
      ReadSerialized(query, request.aggregate(), request.id(), {mask.begin(), mask.end()}));
  response->set_record_type(
      domain::Registry::Get().Find(request.aggregate())->descriptor()->full_name());
  return absl::OkStatus();
}

absl::Status ListGeneric(const Query& query, const pb::ListRecordsRequest& request,
                         pb::ListRecordsResponse* response) {
  ListArguments arguments;
  arguments.aggregate = request.aggregate();
  arguments.filter = request.filter();
  arguments.order_by = request.order_by();
  arguments.page_size = request.page_size();
  arguments.page_token = request.page_token();
  const std::string question = PageQuestion(query, request);
  arguments.question = question;
  const auto& mask = request.field_mask().paths();
  arguments.field_mask = {mask.begin(), mask.end()};
  DAYBOOK_ASSIGN_OR_RETURN(auto page, ReadList(query, arguments));
  response->set_record_type(
      domain::Registry::Get().Find(request.aggregate())->descriptor()->full_name());
  for (std::string& record : page.serialized) response->add_records(std::move(record));
  response->set_next_page_token(page.next_page_token);
  return absl::OkStatus();
}

// One record's history, told from its events: each is applied to the record and the fields
// compared.
class History {
 public:
  History(const Query& query, const pb::ListRecordChangesRequest& request,
          pb::ListRecordChangesResponse* response)
      : query_(query), request_(request), response_(response) {}

  absl::Status Read() {
    type_ = domain::FindAggregate(request_.aggregate());
    DAYBOOK_ASSIGN_OR_RETURN(read_, query_.deps.custom_fields.Of(request_.aggregate()));
    object_ = read_.type;
    if (type_ == nullptr || object_ == nullptr) {
      return InvalidField("aggregate",
                          absl::StrCat("there is no record type '", request_.aggregate(), "'"));
    }
    if (!request_.field().empty() && object_->Find(request_.field()) == nullptr) {
      return InvalidField("field",
                          absl::StrCat(type_->name, " has no field '", request_.field(), "'"));
    }
    if (request_.page_size() < 0 || request_.page_size() > projections::kPageSizeMax) {
      return InvalidField("page_size",
                          absl::StrCat("must be from 0 to ", projections::kPageSizeMax));
    }
    page_size_ = request_.page_size() == 0 ? kChangesDefault : request_.page_size();
    // The same answer for "not there" as for "not yours".
    DAYBOOK_RETURN_IF_ERROR(ReadRecord(query_, type_->name, request_.id(), {}).status());
    if (!request_.page_token().empty()) {
      DAYBOOK_ASSIGN_OR_RETURN(const SealedCursor cursor, OpenPage(query_, kChangesPage, request_));
      after_ = cursor.offset;
    }
    const eventstore::StreamId stream{type_->name, *Uuid::Parse(request_.id())};
    record_.reset(type_->record->New());
    absl::Status failure;
    DAYBOOK_RETURN_IF_ERROR(query_.deps.store.ReadStream(
        stream, 0, SIZE_MAX, [&](const eventstore::RecordedEvent& event) {
          if (event.position > query_.snapshot.position()) return false;
          const absl::StatusOr<bool> more = Visit(event);
          if (!more.ok()) failure = more.status();
          return more.ok() && *more;
        }));
    return failure;
  }

 private:
  absl::StatusOr<bool> Visit(const eventstore::RecordedEvent& recorded) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto event,
                             projections::DecodeOpened(recorded, query_.deps.keys));
    const std::unique_ptr<Message> before(record_->New());
    before->CopyFrom(*record_);
    type_->evolve_record(*record_, *event);
    if (recorded.revision <= after_) return true;
    HideRetired(read_, before.get());
    const std::unique_ptr<Message> after(record_->New());
    after->CopyFrom(*record_);
    HideRetired(read_, after.get());
    pb::RecordChange change;
    for (const domain::Field& field : object_->fields()) {
      if (field.path == "meta" || absl::StartsWith(field.path, "meta.")) continue;
      // Custom fields are told one by one, those without a definition in use left out.
      if (field.path == "custom" || field.computed) continue;
      if (!request_.field().empty() && field.path != request_.field()) continue;
      const std::string was = domain::FormatValue(*before, field);
      const std::string is = domain::FormatValue(*after, field);
      if (was == is) continue;
      auto* changed = change.add_fields();
      changed->set_path(field.path);
      changed->set_label(field.label);
      changed->set_before(was);
      changed->set_after(is);
    }
    if (!request_.field().empty() && change.fields().empty()) return true;
    if (response_->changes_size() == page_size_) {
      response_->set_next_page_token(SealPage(query_, kChangesPage, request_,
                                              query_.snapshot.position(),
                                              response_->changes(page_size_ - 1).revision()));
      return false;
    }
    Describe(recorded, &change);
    *response_->add_changes() = std::move(change);
    return true;
  }

  static void Describe(const eventstore::RecordedEvent& recorded, pb::RecordChange* change) {
    change->set_position(recorded.position);
    change->set_revision(recorded.revision);
    change->set_type(recorded.type);
    *change->mutable_recorded_at() = ToProto(recorded.recorded_at);
    *change->mutable_effective_at() = ToProto(recorded.effective_at);
    change->set_actor(recorded.actor.ToString());
    log::v1::EventMetadata metadata;
    if (metadata.ParseFromString(recorded.metadata)) change->set_reason(metadata.reason());
  }

  const Query& query_;
  const pb::ListRecordChangesRequest& request_;
  pb::ListRecordChangesResponse* response_;
  const domain::AggregateType* type_ = nullptr;
  ReadType read_;
  std::shared_ptr<const domain::ObjectType> object_;
  std::unique_ptr<Message> record_;
  int page_size_ = 0;
  uint64_t after_ = 0;
};

absl::Status ResolveKeys(const Query& query, const pb::ResolveExternalKeysRequest& request,
                         pb::ResolveExternalKeysResponse* response) {
  if (domain::FindAggregate(request.aggregate()) == nullptr) {
    return InvalidField("aggregate",
                        absl::StrCat("there is no record type '", request.aggregate(), "'"));
  }
  DAYBOOK_RETURN_IF_ERROR(query.deps.access.CheckRead(query.principal, request.aggregate()));
  if (request.keys_size() > kKeysMax) {
    return Reject(rpc::v1::REASON_LIMIT_EXCEEDED,
                  absl::StrCat("at most ", kKeysMax, " keys at once"), {{"limit", "keys"}});
  }
  for (const std::string& key : request.keys()) {
    DAYBOOK_ASSIGN_OR_RETURN(*response->add_ids(),
                             query.deps.engine.ResolveExternalKey(request.aggregate(), key));
  }
  return absl::OkStatus();
}

class Service final : public pb::RecordService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  Reactor* GetRecord(Rpc* rpc, const pb::GetRecordRequest* request,
                     pb::GetRecordResponse* response) override {
    return ServeQuery(
        rpc, deps_, *request, response,
        [this, request] { return WeighGet(deps_, request->aggregate()); },
        [request, response](const Query& query) { return ReadGeneric(query, *request, response); });
  }
  Reactor* ListRecords(Rpc* rpc, const pb::ListRecordsRequest* request,
                       pb::ListRecordsResponse* response) override {
    return ServeQuery(
        rpc, deps_, *request, response, QueryCost::kHeavy,
        [request, response](const Query& query) { return ListGeneric(query, *request, response); });
  }
  Reactor* ListRecordChanges(Rpc* rpc, const pb::ListRecordChangesRequest* request,
                             pb::ListRecordChangesResponse* response) override {
    return ServeQuery(rpc, deps_, *request, response, QueryCost::kHeavy,
                      [request, response](const Query& query) {
                        return History(query, *request, response).Read();
                      });
  }
  Reactor* ResolveExternalKeys(Rpc* rpc, const pb::ResolveExternalKeysRequest* request,
                               pb::ResolveExternalKeysResponse* response) override {
    return ServeQuery(
        rpc, deps_, *request, response, QueryCost::kHeavy,
        [request, response](const Query& query) { return ResolveKeys(query, *request, response); });
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewRecordService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
