#include "bench/reads.h"

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "bench/bench_server.h"
#include "bench/echo.h"
#include "daybook/sales/v1/opportunity_service.grpc.pb.h"
#include "daybook/sales/v1/sales_board_service.grpc.pb.h"

namespace daybook::bench {
namespace {

constexpr size_t kEchoes = 4000;
constexpr size_t kReads = 1500;
constexpr size_t kWarmUp = 300;

// 0: now.
using Position = uint64_t;
using Query = std::function<void(size_t i, Position as_of, CallDone done)>;

// A number below `bound`, far from those of neighbours.
uint64_t Scatter(size_t i, uint64_t bound) { return i * 0x9e3779b97f4a7c15 % bound; }

template <class Request>
Request At(Position as_of) {
  Request request;
  if (as_of > 0) request.mutable_header()->set_as_of_position(as_of);
  return request;
}

class Queries {
 public:
  Queries(BenchServer& server, const DataSet& data)
      : server_(server),
        data_(data),
        deals_(sales::v1::OpportunityService::NewStub(server.channel())),
        boards_(sales::v1::SalesBoardService::NewStub(server.channel())) {}

  void Board(size_t, Position as_of, CallDone done) {
    using Async = sales::v1::SalesBoardService::StubInterface::async_interface;
    StartUnary<Async, sales::v1::GetSalesBoardRequest, sales::v1::GetSalesBoardResponse>(
        boards_->async(), &Async::GetSalesBoard, At<sales::v1::GetSalesBoardRequest>(as_of),
        server_.bearer(), std::move(done));
  }

  // 50 rows of one owner's open deals.
  void List(size_t i, Position as_of, CallDone done) {
    ListBy(OfOwner(i) + " AND state = OPEN", "", as_of, std::move(done));
  }
  std::string OfOwner(size_t i) const {
    return "owner_id = \"" + data_.users[i % data_.users.size()] + "\"";
  }

  void ListBy(const std::string& filter, const std::string& order, Position as_of, CallDone done) {
    auto request = At<sales::v1::ListOpportunitiesRequest>(as_of);
    request.set_filter(filter);
    request.set_order_by(order);
    request.set_page_size(50);
    using Async = sales::v1::OpportunityService::StubInterface::async_interface;
    StartUnary<Async, sales::v1::ListOpportunitiesRequest, sales::v1::ListOpportunitiesResponse>(
        deals_->async(), &Async::ListOpportunities, std::move(request), server_.bearer(),
        std::move(done));
  }

  // A deal of the first third: it is there as of any position that is asked for.
  void Get(size_t i, Position as_of, CallDone done) {
    auto request = At<sales::v1::GetOpportunityRequest>(as_of);
    request.set_id(early_[i % early_.size()]);
    using Async = sales::v1::OpportunityService::StubInterface::async_interface;
    StartUnary<Async, sales::v1::GetOpportunityRequest, sales::v1::GetOpportunityResponse>(
        deals_->async(), &Async::GetOpportunity, std::move(request), server_.bearer(),
        std::move(done));
  }

  // Picks deals that existed at `position`.
  void PickEarly(Position position) {
    sales::v1::ListOpportunitiesRequest request;
    request.mutable_header()->set_as_of_position(position);
    request.set_page_size(1000);
    sales::v1::ListOpportunitiesResponse response;
    const auto context = server_.Context();
    if (deals_->ListOpportunities(context.get(), request, &response).ok()) {
      for (const auto& deal : response.opportunities()) early_.push_back(deal.id());
    }
    if (early_.empty()) early_ = data_.deals;
  }

 private:
  BenchServer& server_;
  const DataSet& data_;
  std::unique_ptr<sales::v1::OpportunityService::Stub> deals_;
  std::unique_ptr<sales::v1::SalesBoardService::Stub> boards_;
  std::vector<std::string> early_;
};

// One query now and as of the past; microseconds, median over the rounds.
struct Figures {
  std::string name;
  Query query;
  const google::protobuf::Descriptor* request;
  size_t asked = 0;
  std::vector<double> now, past, server_median, server_p99, p99, cpu, ratio_past, ratio_echo;

  void Measure(BenchServer& server, Position past_position, double echo) {
    const auto run = [&](Position as_of, size_t count) {
      const size_t first = asked;
      asked += count;
      return RunLoad(1, count,
                     [&](size_t i, CallDone done) { query(first + i, as_of, std::move(done)); });
    };
    run(0, kWarmUp);
    server.call_times().Watch(request);
    const LoadResult at_now = run(0, kReads);
    server_median.push_back(absl::ToDoubleMicroseconds(server.call_times().Median()));
    server_p99.push_back(absl::ToDoubleMicroseconds(server.call_times().P99()));
    server.call_times().Watch(nullptr);
    run(past_position, kWarmUp);
    const LoadResult at_past = run(past_position, kReads);
    now.push_back(absl::ToDoubleMicroseconds(at_now.median));
    p99.push_back(absl::ToDoubleMicroseconds(at_now.p99));
    cpu.push_back(at_now.cpu_us);
    past.push_back(absl::ToDoubleMicroseconds(at_past.median));
    ratio_past.push_back(past.back() / now.back());
    ratio_echo.push_back(server_p99.back() / echo);
  }
};

void AddToTable(const Figures& figures, double echo, const Target& target, Table* table) {
  table->AddRatio({figures.name + ", p99 server time", Median(figures.server_p99), "us",
                   "echo, median round trip", echo, Median(figures.ratio_echo), target});
  table->Add("  median server time", Median(figures.server_median), "us");
}

}  // namespace

void MeasureLists(BenchServer& server, const DataSet& data, int rounds, Table* table) {
  Queries queries(server, data);
  struct List {
    const char* name;
    std::function<std::string(size_t)> filter;
    const char* order;
  };
  // Pages follow on others that lie far from them: a page is not in a cache because it was asked
  // for a moment ago.
  const auto user = [&](size_t i) { return queries.OfOwner(i); };
  const auto score = [](size_t i) { return absl::StrCat("custom.score >= ", Scatter(i, kScores)); };
  const auto rank = [](size_t i) { return absl::StrCat("custom.rank >= ", Scatter(i, kScores)); };
  const List kLists[] = {
      {"50 deals of an owner by expected close, from a day on",
       [&](size_t i) {
         const auto day = absl::CivilDay(2024, 3, 1) + static_cast<int>(Scatter(i, 600));
         return absl::StrCat(user(i), " AND expected_close_date >= ", absl::FormatCivilTime(day));
       },
       "expected_close_date"},
      {"50 open deals of an owner", [&](size_t i) { return user(i) + " AND state = OPEN"; }, ""},
      {"50 deals of a custom text",
       [](size_t i) {
         return absl::StrCat("custom.segment = \"segment ", Scatter(i, kSegments), "\"");
       },
       ""},
      {"50 deals from a custom number on, in its order", score, "custom.score"},
      {"the same by a covering index", rank, "custom.rank"},
  };
  std::vector<Figures> all;
  for (const List& list : kLists) {
    Figures& figures = all.emplace_back();
    figures.name = list.name;
    figures.query = [&](size_t i, Position at, CallDone done) {
      queries.ListBy(list.filter(i), list.order, at, std::move(done));
    };
    figures.request = sales::v1::ListOpportunitiesRequest::descriptor();
  }
  RunEcho(server, 1, kWarmUp);
  std::vector<double> echoes;
  for (int round = 0; round < rounds; ++round) {
    echoes.push_back(absl::ToDoubleMicroseconds(RunEcho(server, 1, kEchoes).median));
    for (Figures& figures : all) figures.Measure(server, data.head / 2, echoes.back());
  }
  for (const Figures& figures : all) {
    AddToTable(figures, Median(echoes), Target::AtMost(4), table);
    table->AddRatio("  p99 in the first round", figures.server_p99.front(), "us", "echo",
                    echoes.front(), {});
    table->AddRatio({"  as of the past, round trip", Median(figures.past), "us", "now",
                     Median(figures.now), Median(figures.ratio_past), Target::AtMost(4)});
  }
}

void MeasureReads(BenchServer& server, const DataSet& data, int rounds, Table* table) {
  Queries queries(server, data);
  const Position past = data.head / 2;
  queries.PickEarly(past);
  std::vector<Figures> all(3);
  all[0].name = "sales board";
  all[0].query = [&](size_t i, Position at, CallDone done) { queries.Board(i, at, done); };
  all[0].request = sales::v1::GetSalesBoardRequest::descriptor();
  all[1].name = "50-row filtered list";
  all[1].query = [&](size_t i, Position at, CallDone done) { queries.List(i, at, done); };
  all[1].request = sales::v1::ListOpportunitiesRequest::descriptor();
  all[2].name = "record get";
  all[2].query = [&](size_t i, Position at, CallDone done) { queries.Get(i, at, done); };
  all[2].request = sales::v1::GetOpportunityRequest::descriptor();

  RunEcho(server, 1, kWarmUp);
  std::vector<double> echoes, echo_cpu;
  for (int round = 0; round < rounds; ++round) {
    const LoadResult echo = RunEcho(server, 1, kEchoes);
    echoes.push_back(absl::ToDoubleMicroseconds(echo.median));
    echo_cpu.push_back(echo.cpu_us);
    for (Figures& figures : all) figures.Measure(server, past, echoes.back());
  }
  for (const Figures& figures : all) {
    const bool is_get = &figures == &all[2];
    AddToTable(figures, Median(echoes), is_get ? Target{} : Target::AtMost(4), table);
    table->AddRatio("  processor time, client included", Median(figures.cpu), "us", "echo",
                    Median(echo_cpu), {});
    table->Add("  median round trip", Median(figures.now), "us");
    table->Add("  p99 round trip", Median(figures.p99), "us");
  }
  for (const Figures& figures : all) {
    table->AddRatio({figures.name + " as of the past, round trip", Median(figures.past), "us",
                     "now", Median(figures.now), Median(figures.ratio_past), Target::AtMost(4)});
  }
}

}  // namespace daybook::bench
