#include "bench/data_set.h"

#include <algorithm>
#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "absl/time/clock.h"
#include "bench/bench_server.h"
#include "bench/process.h"
#include "daybook/admin/v1/user_service.pb.h"
#include "daybook/party/v1/account_service.pb.h"
#include "daybook/rpc/v1/command_service.grpc.pb.h"
#include "daybook/sales/v1/opportunity_service.pb.h"
#include "daybook/setup/v1/close_reason_service.grpc.pb.h"
#include "daybook/setup/v1/field_catalog_service.grpc.pb.h"

namespace daybook::bench {
namespace {

constexpr size_t kUsers = 40;
constexpr size_t kUsersOfMany = 1000;
constexpr size_t kAccountsMax = 2000;
constexpr size_t kDealsPerAccount = 20;
constexpr size_t kCommandsPerMessage = 256;
constexpr int64_t kSpanSeconds = int64_t{2} * 365 * 24 * 3600;
// Of a hundred deals: how many are moved to the second stage, then won, then lost.
constexpr int kMoved = 70;
constexpr int kWon = 40;
constexpr int kLost = 20;
constexpr uint64_t kSeed = 20170630;

enum class StepKind { kCreate, kMove, kWin, kLose };

// One command on a deal. Requests are made when they are sent: thousands of steps wait at a time.
struct Step {
  int64_t seconds = 0;  // after the beginning
  uint32_t deal = 0;
  StepKind kind = StepKind::kCreate;
};

absl::Time Beginning() { return absl::FromCivil(absl::CivilDay(2024, 1, 1), absl::UTCTimeZone()); }

std::vector<Step> PlanSteps(size_t deals, std::mt19937_64& random) {
  std::vector<Step> steps;
  for (uint32_t deal = 0; deal < deals; ++deal) {
    auto at = static_cast<int64_t>(random() % kSpanSeconds);
    const auto later = [&] { return at += static_cast<int64_t>(1 + random() % (30 * 24 * 3600)); };
    const auto lot = static_cast<int>(random() % 100);
    steps.push_back({at, deal, StepKind::kCreate});
    if (lot < kMoved) steps.push_back({later(), deal, StepKind::kMove});
    if (lot < kWon) {
      steps.push_back({later(), deal, StepKind::kWin});
    } else if (lot < kWon + kLost) {
      steps.push_back({later(), deal, StepKind::kLose});
    }
  }
  std::stable_sort(steps.begin(), steps.end(),
                   [](const Step& a, const Step& b) { return a.seconds < b.seconds; });
  return steps;
}

// Sends commands in messages; another thread reads the answers.
class Importer {
 public:
  explicit Importer(BenchServer& server)
      : server_(server),
        stub_(rpc::v1::CommandService::NewStub(server.channel())),
        stream_(stub_->Execute(&context_after_key())),
        reader_([this] { ReadAnswers(); }) {
    message_.mutable_options()->set_backfill(true);
    message_.mutable_options()->set_receipts_only(true);
  }

  template <class Request>
  void Send(Request request, int64_t seconds) {
    rpc::v1::CommandHeader* header = request.mutable_header();
    header->set_request_id(server_.NewId());
    header->mutable_effective_at()->set_seconds(absl::ToUnixSeconds(Beginning()) + seconds);
    rpc::v1::Command* command = message_.add_commands();
    command->set_index(sent_++);
    command->set_request_type(Request::descriptor()->full_name());
    command->set_request(request.SerializeAsString());
    if (message_.commands_size() == kCommandsPerMessage) Flush();
  }

  // Returns the position of the last command.
  uint64_t Finish() {
    Flush();
    stream_->WritesDone();
    reader_.join();
    const grpc::Status status = stream_->Finish();
    if (!status.ok()) Die("the command stream: " + status.error_message());
    if (answered_ != sent_) Die("commands without an answer");
    return position_;
  }

  size_t sent() const { return sent_; }

 private:
  grpc::ClientContext& context_after_key() {
    context_.AddMetadata("authorization", server_.bearer());
    return context_;
  }

  void Flush() {
    if (message_.commands_size() > 0) stream_->Write(message_);
    message_.Clear();
  }

  void ReadAnswers() {
    rpc::v1::ExecuteResponse response;
    while (stream_->Read(&response)) {
      for (const rpc::v1::CommandResult& result : response.results()) {
        if (result.code() != 0) {
          Die(absl::StrCat("command ", result.index(), " was refused: ", result.status()));
        }
        position_ = std::max(position_, result.receipt().position());
        ++answered_;
      }
    }
  }

  BenchServer& server_;
  grpc::ClientContext context_;
  std::unique_ptr<rpc::v1::CommandService::Stub> stub_;
  std::unique_ptr<grpc::ClientReaderWriter<rpc::v1::ExecuteRequest, rpc::v1::ExecuteResponse>>
      stream_;
  rpc::v1::ExecuteRequest message_;
  size_t sent_ = 0;
  size_t answered_ = 0;
  uint64_t position_ = 0;
  std::thread reader_;
};

std::string LossReason(BenchServer& server) {
  const auto stub = setup::v1::CloseReasonService::NewStub(server.channel());
  setup::v1::ListCloseReasonsRequest request;
  request.set_filter("kind = LOST");
  setup::v1::ListCloseReasonsResponse response;
  const auto context = server.Context();
  const grpc::Status status = stub->ListCloseReasons(context.get(), request, &response);
  if (!status.ok() || response.close_reasons().empty()) {
    Die("no reason for a loss: " + status.error_message());
  }
  return response.close_reasons(0).id();
}

void SendParties(BenchServer& server, Importer& importer, DataSet* data, size_t users,
                 size_t accounts) {
  for (size_t i = 0; i < users; ++i) {
    admin::v1::CreateUserRequest user;
    user.set_id(server.NewId());
    user.set_display_name(absl::StrCat("Person ", i));
    data->users.push_back(user.id());
    importer.Send(std::move(user), 0);
  }
  for (size_t i = 0; i < accounts; ++i) {
    party::v1::CreateAccountRequest account;
    account.set_id(server.NewId());
    account.set_name(absl::StrCat("Customer ", i));
    account.set_industry(i % 3 == 0 ? "retail" : "software");
    account.set_owner_id(data->users[i % users]);
    // Every fourth stands below another one.
    if (i % 4 == 3) account.set_parent_id(data->accounts[i / 4]);
    data->accounts.push_back(account.id());
    importer.Send(std::move(account), 0);
  }
}

int64_t ValueOf(const Step& step) {
  return 100'00 + static_cast<int64_t>(step.deal) * 7919 % 1'000'000;
}

sales::v1::CreateOpportunityRequest NewDeal(const DataSet& data, const Step& step) {
  sales::v1::CreateOpportunityRequest request;
  request.set_id(data.deals[step.deal]);
  request.set_subject(absl::StrCat("Deal ", step.deal));
  request.set_account_id(data.accounts[step.deal % data.accounts.size()]);
  request.set_owner_id(data.users[step.deal % data.users.size()]);
  request.mutable_value()->set_minor(ValueOf(step));
  request.mutable_value()->set_currency("USD");
  const absl::CivilDay close(absl::ToCivilDay(
      Beginning() + absl::Seconds(step.seconds) + absl::Hours(24 * 60), absl::UTCTimeZone()));
  request.mutable_expected_close_date()->set_year(static_cast<int32_t>(close.year()));
  request.mutable_expected_close_date()->set_month(close.month());
  request.mutable_expected_close_date()->set_day(close.day());
  return request;
}

void SendStep(Importer& importer, const DataSet& data, const std::string& reason,
              const Step& step) {
  const std::string& id = data.deals[step.deal];
  const int64_t value = ValueOf(step);
  switch (step.kind) {
    case StepKind::kCreate:
      return importer.Send(NewDeal(data, step), step.seconds);
    case StepKind::kMove: {
      sales::v1::ChangeOpportunityStageRequest request;
      request.set_id(id);
      request.set_stage("offer");
      return importer.Send(std::move(request), step.seconds);
    }
    case StepKind::kWin: {
      sales::v1::WinOpportunityRequest request;
      request.set_id(id);
      request.mutable_actual_value()->set_minor(value);
      request.mutable_actual_value()->set_currency("USD");
      return importer.Send(std::move(request), step.seconds);
    }
    case StepKind::kLose: {
      sales::v1::LoseOpportunityRequest request;
      request.set_id(id);
      request.set_close_reason_id(reason);
      return importer.Send(std::move(request), step.seconds);
    }
  }
}

void DefineField(BenchServer& server, const std::string& name, setup::v1::CustomFieldKind kind,
                 bool covering = false) {
  const auto stub = setup::v1::FieldCatalogService::NewStub(server.channel());
  setup::v1::DefineFieldRequest request;
  request.mutable_header()->set_request_id(server.NewId());
  request.set_record_type("opportunity");
  request.mutable_definition()->set_name(name);
  request.mutable_definition()->set_kind(kind);
  request.mutable_definition()->set_covering(covering);
  setup::v1::DefineFieldResponse response;
  const auto context = server.Context();
  const grpc::Status status = stub->DefineField(context.get(), request, &response);
  if (!status.ok()) Die("no custom field: " + status.error_message());
}

}  // namespace

DataSet FillWithDeals(BenchServer& server, size_t deals) {
  DefineField(server, "segment", setup::v1::CUSTOM_FIELD_KIND_TEXT);
  DefineField(server, "score", setup::v1::CUSTOM_FIELD_KIND_INTEGER);
  DefineField(server, "rank", setup::v1::CUSTOM_FIELD_KIND_INTEGER, true);
  DataSet data;
  for (size_t i = 0; i < deals; ++i) data.deals.push_back(server.NewId());
  std::mt19937_64 random(kSeed);
  const absl::Time began = absl::Now();
  Importer importer(server);
  SendParties(server, importer, &data, kUsersOfMany, kAccountsMax);
  for (uint32_t deal = 0; deal < deals; ++deal) {
    const auto seconds =
        static_cast<int64_t>(static_cast<double>(kSpanSeconds) * deal / static_cast<double>(deals));
    sales::v1::CreateOpportunityRequest request = NewDeal(data, {seconds, deal});
    type::v1::CustomValue* score = request.add_custom();
    score->set_name("score");
    score->set_integer(static_cast<int64_t>(random() % kScores));
    type::v1::CustomValue* rank = request.add_custom();
    rank->set_name("rank");
    rank->set_integer(static_cast<int64_t>(random() % kScores));
    type::v1::CustomValue* segment = request.add_custom();
    segment->set_name("segment");
    segment->set_text(absl::StrCat("segment ", random() % kSegments));
    importer.Send(std::move(request), seconds);
  }
  data.head = importer.Finish();
  data.acknowledged = absl::Now() - began;
  server.WaitForViews(data.head);
  data.applied = absl::Now() - began;
  data.rows = data.users.size() + data.accounts.size() + data.deals.size();
  data.commands = importer.sent();
  return data;
}

DataSet FillServer(BenchServer& server, size_t events) {
  // A deal has one creation and, in the mean, so many more events.
  const size_t deals = events * 100 / (100 + kMoved + kWon + kLost);
  DataSet data;
  for (size_t i = 0; i < deals; ++i) data.deals.push_back(server.NewId());
  std::mt19937_64 random(kSeed);
  const std::vector<Step> steps = PlanSteps(deals, random);
  const std::string reason = LossReason(server);

  const absl::Time began = absl::Now();
  Importer importer(server);
  SendParties(server, importer, &data, kUsers,
              std::clamp(deals / kDealsPerAccount, size_t{8}, kAccountsMax));
  for (const Step& step : steps) SendStep(importer, data, reason, step);
  data.head = importer.Finish();
  data.acknowledged = absl::Now() - began;
  server.WaitForViews(data.head);
  data.applied = absl::Now() - began;
  data.rows = data.users.size() + data.accounts.size() + data.deals.size();
  data.commands = importer.sent();
  return data;
}

}  // namespace daybook::bench
