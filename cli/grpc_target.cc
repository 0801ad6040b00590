#include "cli/grpc_target.h"

#include <grpcpp/grpcpp.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/records.h"
#include "daybook/log/v1/log_service.pb.h"
#include "daybook/record/v1/record_service.pb.h"
#include "daybook/rpc/v1/command_service.grpc.pb.h"
#include "daybook/setup/v1/import_run_service.pb.h"
#include "domain/base/clock.h"
#include "domain/base/status_macros.h"
#include "domain/base/uuid.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::rpc::v1;
namespace setup = ::daybook::setup::v1;

constexpr int kRunsPageSize = 1000;
constexpr int kWaitAttempts = 20;

class GrpcStream final : public CommandStream {
 public:
  GrpcStream(Client& client, const std::string& server, const std::string& batch_id)
      : stub_(pb::CommandService::NewStub(client.channel())), server_(server) {
    client.Authorize(&context_);
    // Kept with every event: which run a command belongs to.
    if (!batch_id.empty()) context_.AddMetadata("daybook-batch-id", batch_id);
    stream_ = stub_->Execute(&context_);
  }

  bool Write(const pb::ExecuteRequest& request) override { return stream_->Write(request); }
  void WritesDone() override { stream_->WritesDone(); }
  bool Read(pb::ExecuteResponse* response) override { return stream_->Read(response); }
  absl::Status Finish() override { return FromGrpc(stream_->Finish(), server_); }
  void Cancel() override { context_.TryCancel(); }

 private:
  std::unique_ptr<pb::CommandService::Stub> stub_;
  grpc::ClientContext context_;
  std::string server_;
  std::unique_ptr<grpc::ClientReaderWriter<pb::ExecuteRequest, pb::ExecuteResponse>> stream_;
};

class GrpcTarget final : public ImportTarget {
 public:
  GrpcTarget(App& app, Client& client) : app_(app), client_(client) {}

  absl::StatusOr<Settings> GetSettings() override {
    Settings settings;
    DAYBOOK_ASSIGN_OR_RETURN(settings.zone, app_.Zone());
    DAYBOOK_ASSIGN_OR_RETURN(settings.currency, app_.Currency());
    return settings;
  }

  absl::StatusOr<std::vector<std::string>> ResolveExternalKeys(
      const std::string& aggregate, const std::vector<std::string>& keys) override {
    record::v1::ResolveExternalKeysRequest request;
    record::v1::ResolveExternalKeysResponse response;
    DAYBOOK_RETURN_IF_ERROR(SetMinPosition(request.mutable_header()));
    request.set_aggregate(aggregate);
    request.mutable_keys()->Assign(keys.begin(), keys.end());
    DAYBOOK_RETURN_IF_ERROR(
        client_.Call("daybook.record.v1.RecordService/ResolveExternalKeys", request, &response));
    return std::vector<std::string>(response.ids().begin(), response.ids().end());
  }

  absl::StatusOr<std::vector<std::string>> Find(const std::string& aggregate,
                                                const std::string& filter) override {
    DAYBOOK_ASSIGN_OR_RETURN(const auto* type, FindType(aggregate));
    record::v1::ListRecordsRequest request;
    record::v1::ListRecordsResponse response;
    DAYBOOK_RETURN_IF_ERROR(SetMinPosition(request.mutable_header()));
    request.set_aggregate(aggregate);
    request.set_filter(filter);
    request.set_page_size(2);
    DAYBOOK_RETURN_IF_ERROR(
        client_.Call("daybook.record.v1.RecordService/ListRecords", request, &response));
    std::vector<std::string> ids;
    for (const auto& bytes : response.records()) {
      DAYBOOK_ASSIGN_OR_RETURN(const auto record, ParseRecord(*type, bytes));
      ids.push_back(domain::GetValue(*record, *type->Find("id")).text);
    }
    return ids;
  }

  std::unique_ptr<CommandStream> Execute(const std::string& batch_id) override {
    return std::make_unique<GrpcStream>(client_, app_.options.server, batch_id);
  }

  absl::Status WaitUntilSeen(uint64_t position) override {
    record::v1::ListRecordsRequest request;
    request.mutable_header()->set_min_position(position);
    request.set_aggregate("organisation");
    request.set_page_size(1);
    absl::Status status;
    // Each call waits until its deadline; views that do not move at all are another matter than
    // slow ones.
    for (int attempt = 0; attempt < kWaitAttempts; ++attempt) {
      record::v1::ListRecordsResponse response;
      status = client_.Call("daybook.record.v1.RecordService/ListRecords", request, &response);
      if (status.code() != absl::StatusCode::kDeadlineExceeded) break;
    }
    return status;
  }

  absl::StatusOr<KnownRun> FindRun(const ImportRunRecord& run) override {
    setup::ListImportRunsRequest request;
    setup::ListImportRunsResponse page;
    DAYBOOK_RETURN_IF_ERROR(SetMinPosition(request.mutable_header()));
    request.set_filter(absl::StrCat("plan_name = ", FilterLiteral(run.plan_name)));
    request.set_page_size(kRunsPageSize);
    KnownRun known;
    do {
      DAYBOOK_RETURN_IF_ERROR(
          client_.Call("daybook.setup.v1.ImportRunService/ListImportRuns", request, &page));
      for (const auto& candidate : page.import_runs()) {
        if (candidate.plan_hash() != run.plan_hash || candidate.rows() != run.rows ||
            candidate.backfill() != run.backfill) {
          continue;
        }
        known.id = candidate.id();
        known.finished = candidate.state() == setup::IMPORT_RUN_STATE_FINISHED;
        if (!known.finished) return known;
      }
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return known;
  }

  absl::StatusOr<std::string> StartRun(const ImportRunRecord& run) override {
    SystemRandom random;
    setup::StartImportRunRequest request;
    setup::StartImportRunResponse response;
    request.mutable_header()->set_request_id(random.NewUuid(absl::Now()).ToString());
    request.set_id(random.NewUuid(absl::Now()).ToString());
    request.set_plan_name(run.plan_name);
    request.set_plan_hash(run.plan_hash);
    request.set_rows(run.rows);
    request.set_backfill(run.backfill);
    DAYBOOK_RETURN_IF_ERROR(
        client_.Call("daybook.setup.v1.ImportRunService/StartImportRun", request, &response));
    return request.id();
  }

  absl::Status FinishRun(const std::string& id, const ImportRunOutcome& outcome) override {
    SystemRandom random;
    setup::FinishImportRunRequest request;
    setup::FinishImportRunResponse response;
    request.mutable_header()->set_request_id(random.NewUuid(absl::Now()).ToString());
    request.set_id(id);
    request.set_rows_applied(outcome.applied);
    request.set_rows_unchanged(outcome.unchanged);
    request.set_rows_rejected(outcome.rejected);
    request.set_commands(outcome.commands);
    return client_.Call("daybook.setup.v1.ImportRunService/FinishImportRun", request, &response);
  }

 private:
  // After a restart the views may still be catching up; what an earlier run wrote must be seen.
  absl::Status SetMinPosition(pb::ReadHeader* header) {
    if (!head_.has_value()) {
      log::v1::GetHeadResponse head;
      DAYBOOK_RETURN_IF_ERROR(
          client_.Call("daybook.log.v1.LogService/GetHead", log::v1::GetHeadRequest(), &head));
      head_ = head.read().position();
    }
    header->set_min_position(*head_);
    return absl::OkStatus();
  }

  App& app_;
  Client& client_;
  std::optional<uint64_t> head_;
};

}  // namespace

std::unique_ptr<ImportTarget> NewGrpcTarget(App& app, Client& client) {
  return std::make_unique<GrpcTarget>(app, client);
}

}  // namespace daybook::cli
