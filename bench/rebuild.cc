#include "bench/rebuild.h"

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "bench/process.h"
#include "domain/base/clock.h"
#include "eventstore/data_directory.h"
#include "projections/views.h"

namespace daybook::bench {
namespace {

// Until the views of a directory have reached the head and are all live.
void WaitUntilLive(const projections::Views& views, uint64_t head) {
  const absl::Time deadline = absl::Now() + absl::Minutes(10);
  if (!views.WaitForBlocking(head, deadline).ok()) Die("the views do not catch up");
  while (absl::Now() < deadline) {
    bool live = true;
    for (const projections::ViewStatus& view : views.Status()) {
      if (view.state == projections::ViewState::kDetached) Die("a view is detached: " + view.error);
      live = live && view.state == projections::ViewState::kLive && view.position >= head;
    }
    if (live) return;
    absl::SleepFor(absl::Milliseconds(1));
  }
  Die("the views do not become live");
}

// Events per second, each read, checked and parsed.
double Scan(const eventstore::EventStore& store) {
  const absl::Time began = absl::Now();
  size_t events = 0;
  const absl::Status status =
      store.ReadAll(0, SIZE_MAX, [&](const eventstore::RecordedEvent& event) {
        if (!projections::DecodeWithTokens(event).ok()) Die("an event that cannot be parsed");
        ++events;
        return true;
      });
  if (!status.ok()) Die(status.ToString());
  return static_cast<double>(events) / absl::ToDoubleSeconds(absl::Now() - began);
}

// Events per second of all views, from an empty directory.
double BuildAll(const std::string& path, eventstore::DataDirectory& directory) {
  std::filesystem::remove_all(path);
  const uint64_t head = directory.store->GetHead().position;
  const absl::Time began = absl::Now();
  const auto views = projections::Views::Open(path, *directory.store, *directory.keys,
                                              projections::ViewsOptions());
  if (!views.ok()) Die(views.status().ToString());
  WaitUntilLive(**views, head);
  return static_cast<double>(head) / absl::ToDoubleSeconds(absl::Now() - began);
}

double RebuildOne(projections::Views& views, const std::string& name, uint64_t head) {
  const absl::Time began = absl::Now();
  bool equal = false;
  const absl::Status status =
      views.Rebuild(name, [&](const projections::RebuildProgress& progress) {
        if (progress.done) equal = progress.digests_equal;
      });
  if (!status.ok()) Die(absl::StrCat("rebuild of ", name, ": ", status.ToString()));
  if (!equal) Die(absl::StrCat("rebuild of ", name, ": another digest than the live view's"));
  return static_cast<double>(head) / absl::ToDoubleSeconds(absl::Now() - began);
}

}  // namespace

void MeasureRebuild(const std::string& data_dir, const std::string& scratch, const DataSet& data,
                    int rounds, Table* table) {
  SystemClock clock;
  SystemRandom random;
  auto directory = eventstore::OpenDataDirectory(data_dir, {}, clock, random);
  if (!directory.ok()) Die(directory.status().ToString());
  const uint64_t head = directory->store->GetHead().position;

  Scan(*directory->store);
  std::vector<double> scans, builds, ratios;
  for (int round = 0; round < rounds; ++round) {
    scans.push_back(Scan(*directory->store));
    builds.push_back(BuildAll(scratch + "/rebuilt", *directory));
    ratios.push_back(builds.back() / scans.back());
  }
  table->AddRatio({"rebuild, all views together", Median(builds), "ev/s",
                   "scan and parse of the log", Median(scans), Median(ratios),
                   Target::AtLeast(0.3)});
  const double live = static_cast<double>(data.commands) / absl::ToDoubleSeconds(data.applied);
  table->AddRatio("rebuild, all views together", Median(builds), "ev/s", "live, command stream",
                  live, Target::AtLeast(10));

  auto views = projections::Views::Open(directory->views_path(), *directory->store,
                                        *directory->keys, projections::ViewsOptions());
  if (!views.ok()) Die(views.status().ToString());
  WaitUntilLive(**views, head);
  for (const projections::ViewStatus& view : (*views)->Status()) {
    std::vector<double> single;
    for (int round = 0; round < rounds; ++round) {
      single.push_back(RebuildOne(**views, view.name, head));
    }
    table->AddRatio("rebuild, " + view.name + " alone, beside the live one", Median(single), "ev/s",
                    "scan and parse of the log", Median(scans), {});
  }
}

}  // namespace daybook::bench
