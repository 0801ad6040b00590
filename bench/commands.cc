#include "bench/commands.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "bench/bench_server.h"
#include "bench/echo.h"
#include "bench/process.h"
#include "daybook/party/v1/account_service.grpc.pb.h"
#include "daybook/sales/v1/opportunity_service.grpc.pb.h"

namespace daybook::bench {
namespace {

constexpr size_t kEchoes = 60'000;
constexpr size_t kGets = 40'000;
constexpr size_t kCommands = 18'000;
constexpr size_t kWarmUp = 5'000;

// A third each: an account is made, another one is changed, a deal changes its stage. Every command
// writes one event.
class CommandMix {
 public:
  CommandMix(BenchServer& server, const DataSet& data)
      : server_(server),
        data_(data),
        accounts_(party::v1::AccountService::NewStub(server.channel())),
        deals_(sales::v1::OpportunityService::NewStub(server.channel())) {
    for (const std::string& id : OpenDeals()) stages_.push_back({id, "offer"});
  }

  LoadResult Run(size_t in_flight, size_t count) {
    ++run_;
    return RunLoad(in_flight, count, [this](size_t i, CallDone done) {
      switch (i % 3) {
        case 0:
          return CreateAccount(i, std::move(done));
        case 1:
          return UpdateAccount(i, std::move(done));
        default:
          return ChangeStage(i, std::move(done));
      }
    });
  }

 private:
  // Open deals in the first stage, made for the purpose.
  std::vector<std::string> OpenDeals() {
    std::vector<std::string> ids;
    constexpr size_t kDeals = 3000;
    for (size_t i = 0; i < kDeals; ++i) ids.push_back(server_.NewId());
    RunLoad(64, kDeals, [&](size_t i, CallDone done) {
      sales::v1::CreateOpportunityRequest request;
      request.mutable_header()->set_request_id(server_.NewId());
      request.set_id(ids[i]);
      request.set_subject(absl::StrCat("Open deal ", i));
      request.set_account_id(data_.accounts[i % data_.accounts.size()]);
      request.set_owner_id(data_.users[i % data_.users.size()]);
      request.mutable_value()->set_minor(1000'00);
      request.mutable_value()->set_currency("USD");
      using Async = sales::v1::OpportunityService::StubInterface::async_interface;
      StartUnary<Async, sales::v1::CreateOpportunityRequest, sales::v1::CreateOpportunityResponse>(
          deals_->async(), &Async::CreateOpportunity, std::move(request), server_.bearer(),
          std::move(done));
    });
    return ids;
  }

  void CreateAccount(size_t i, CallDone done) {
    party::v1::CreateAccountRequest request;
    request.mutable_header()->set_request_id(server_.NewId());
    request.set_name(absl::StrCat("New customer ", run_, ".", i));
    request.set_industry("software");
    request.set_owner_id(data_.users[i % data_.users.size()]);
    using Async = party::v1::AccountService::StubInterface::async_interface;
    StartUnary<Async, party::v1::CreateAccountRequest, party::v1::CreateAccountResponse>(
        accounts_->async(), &Async::CreateAccount, std::move(request), server_.bearer(),
        std::move(done));
  }

  void UpdateAccount(size_t i, CallDone done) {
    party::v1::UpdateAccountRequest request;
    request.mutable_header()->set_request_id(server_.NewId());
    request.set_id(data_.accounts[i / 3 % data_.accounts.size()]);
    request.mutable_account()->set_industry(absl::StrCat("industry ", run_, ".", i));
    request.mutable_update_mask()->add_paths("industry");
    using Async = party::v1::AccountService::StubInterface::async_interface;
    StartUnary<Async, party::v1::UpdateAccountRequest, party::v1::UpdateAccountResponse>(
        accounts_->async(), &Async::UpdateAccount, std::move(request), server_.bearer(),
        std::move(done));
  }

  void ChangeStage(size_t i, CallDone done) {
    Stage& deal = stages_[i / 3 % stages_.size()];
    sales::v1::ChangeOpportunityStageRequest request;
    request.mutable_header()->set_request_id(server_.NewId());
    request.set_id(deal.id);
    request.set_stage(deal.next);
    deal.next = deal.next == "offer" ? "prospect" : "offer";
    using Async = sales::v1::OpportunityService::StubInterface::async_interface;
    StartUnary<Async, sales::v1::ChangeOpportunityStageRequest,
               sales::v1::ChangeOpportunityStageResponse>(
        deals_->async(), &Async::ChangeOpportunityStage, std::move(request), server_.bearer(),
        std::move(done));
  }

  // A deal comes up again only after all the others: two commands on it are never under way.
  struct Stage {
    std::string id;
    std::string next;
  };

  BenchServer& server_;
  const DataSet& data_;
  std::unique_ptr<party::v1::AccountService::Stub> accounts_;
  std::unique_ptr<sales::v1::OpportunityService::Stub> deals_;
  std::vector<Stage> stages_;
  int run_ = 0;
};

LoadResult RunGets(BenchServer& server, const DataSet& data, size_t in_flight, size_t count) {
  const auto stub = sales::v1::OpportunityService::NewStub(server.channel());
  return RunLoad(in_flight, count, [&](size_t i, CallDone done) {
    sales::v1::GetOpportunityRequest request;
    request.set_id(data.deals[i * 7919 % data.deals.size()]);
    using Async = sales::v1::OpportunityService::StubInterface::async_interface;
    StartUnary<Async, sales::v1::GetOpportunityRequest, sales::v1::GetOpportunityResponse>(
        stub->async(), &Async::GetOpportunity, std::move(request), server.bearer(),
        std::move(done));
  });
}

// The same measure, round by round.
struct Rounds {
  std::vector<double> values;
  std::vector<double> against;
  std::vector<double> ratios;

  void Add(double value, double base) {
    values.push_back(value);
    against.push_back(base);
    ratios.push_back(value / base);
  }
  Row ToRow(const std::string& measure, const std::string& base, Target target) const {
    return {measure, Median(values), "/s", base, Median(against), Median(ratios), target};
  }
};

}  // namespace

void MeasureGets(BenchServer& server, const DataSet& data, int rounds, Table* table) {
  RunEcho(server, 64, kWarmUp);
  RunGets(server, data, 64, kWarmUp);
  Rounds gets64;
  std::vector<double> echo_cpu, get_cpu;
  for (int round = 0; round < rounds; ++round) {
    const LoadResult echo64 = RunEcho(server, 64, kEchoes);
    const LoadResult get64 = RunGets(server, data, 64, kGets);
    gets64.Add(get64.per_second, echo64.per_second);
    echo_cpu.push_back(echo64.cpu_us);
    get_cpu.push_back(get64.cpu_us);
  }
  table->AddRatio(gets64.ToRow("record get, 64 in flight", "echo, 64", Target::AtLeast(0.8)));
  table->AddRatio("  processor time of a get, client included", Median(get_cpu), "us", "echo",
                  Median(echo_cpu), {});
}

void MeasureCommands(BenchServer& server, const DataSet& data, int rounds, Table* table) {
  CommandMix mix(server, data);
  RunEcho(server, 64, kWarmUp);
  mix.Run(64, kWarmUp);

  Rounds commands64, commands256, applied64;
  std::vector<double> waits64, waits256, echo_cpu, command_cpu, applied_cpu;
  for (int round = 0; round < rounds; ++round) {
    uint64_t head = server.WaitForViews(0);
    const LoadResult echo64 = RunEcho(server, 64, kEchoes);
    echo_cpu.push_back(echo64.cpu_us);

    const absl::Time began = absl::Now();
    const double cpu_began = ProcessorSeconds();
    const LoadResult at64 = mix.Run(64, kCommands);
    commands64.Add(at64.per_second, echo64.per_second);
    command_cpu.push_back(at64.cpu_us);
    waits64.push_back(absl::ToDoubleMilliseconds(at64.p99));
    head = server.WaitForViews(head + kCommands);
    applied64.Add(kCommands / absl::ToDoubleSeconds(absl::Now() - began), echo64.per_second);
    applied_cpu.push_back((ProcessorSeconds() - cpu_began) * 1e6 / kCommands);

    const LoadResult echo256 = RunEcho(server, 256, kEchoes);
    const LoadResult at256 = mix.Run(256, kCommands);
    commands256.Add(at256.per_second, echo256.per_second);
    waits256.push_back(absl::ToDoubleMilliseconds(at256.p99));
    server.WaitForViews(head + kCommands);
  }
  table->AddRatio(
      commands64.ToRow("durable commands, 64 in flight", "echo, 64", Target::AtLeast(0.4)));
  table->AddRatio(
      commands256.ToRow("durable commands, 256 in flight", "echo, 256", Target::AtLeast(0.5)));
  table->AddRatio(applied64.ToRow("  64 in flight, until the views have them", "echo, 64", {}));
  table->Add("  p99 round trip of a command, 64", Median(waits64), "ms");
  table->Add("  p99 round trip of a command, 256", Median(waits256), "ms");
  table->AddRatio("  processor time of a command, client included", Median(command_cpu), "us",
                  "echo", Median(echo_cpu), {});
  table->AddRatio("  and until the views have it", Median(applied_cpu), "us", "echo",
                  Median(echo_cpu), {});
}

}  // namespace daybook::bench
