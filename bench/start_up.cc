#include "bench/start_up.h"

#include "bench/bench_server.h"

namespace daybook::bench {
namespace {

double RestartMilliseconds(BenchServer& server) {
  server.Stop();
  const double took = absl::ToDoubleMilliseconds(server.Start());
  server.Stop();
  return took;
}

}  // namespace

void MeasureStartUp(BenchServer& few, BenchServer& many, int rounds, Table* table) {
  RestartMilliseconds(few);
  RestartMilliseconds(many);
  std::vector<double> small, large, ratios;
  for (int round = 0; round < rounds; ++round) {
    small.push_back(RestartMilliseconds(few));
    large.push_back(RestartMilliseconds(many));
    ratios.push_back(large.back() / small.back());
  }
  table->AddRatio({"start-up to first answer, many events", Median(large), "ms", "few events",
                   Median(small), Median(ratios), Target::AtMost(1.5)});
}

}  // namespace daybook::bench
