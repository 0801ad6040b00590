#pragma once

// Short forms for tests of views.

#include <unistd.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "projections/views.h"
#include "tests/support/log_builder.h"

#define ASSERT_OK(expr)                                     \
  do {                                                      \
    const absl::Status assert_ok_status = (expr);           \
    ASSERT_TRUE(assert_ok_status.ok()) << assert_ok_status; \
  } while (false)

namespace daybook::projections {

// Removes what tests wrote when the process ends.
struct Leftovers {
  std::vector<std::string> paths;
  ~Leftovers() {
    for (const std::string& path : paths) {
      std::error_code ignored;
      std::filesystem::remove_all(path, ignored);
    }
  }
};

// A directory of this process that does not exist yet.
inline std::string FreshPath(const std::string& name) {
  static Leftovers leftovers;
  const std::string path = ::testing::TempDir() + "/" + name + "." + std::to_string(::getpid());
  std::filesystem::remove_all(path);
  leftovers.paths.push_back(path);
  return path;
}

inline absl::Time Soon() { return absl::Now() + absl::Seconds(60); }

inline std::unique_ptr<Views> OpenInMemory(daybook::testing::LogBuilder& log,
                                           ViewsOptions options = {}) {
  options.in_memory = true;
  auto views = Views::Open("/views", log.store(), log.keys(), options);
  EXPECT_TRUE(views.ok()) << views.status();
  return *std::move(views);
}

inline std::unique_ptr<Views> OpenCaughtUp(daybook::testing::LogBuilder& log,
                                           ViewsOptions options = {}) {
  auto views = OpenInMemory(log, options);
  const absl::Status caught_up = views->WaitForBlocking(log.store().GetHead().position, Soon());
  EXPECT_TRUE(caught_up.ok()) << caught_up;
  return views;
}

// Digest and row counts of every view, as text.
inline std::map<std::string, std::string> DigestsOf(const Views& views) {
  std::map<std::string, std::string> digests;
  for (const ViewStatus& status : views.Status()) {
    std::string& text = digests[status.name];
    for (const uint8_t b : status.digest)
      text += "0123456789abcdef"[b >> 4], text += "0123456789abcdef"[b & 15];
    text += " " + std::to_string(status.current_rows) + " " + std::to_string(status.history_rows);
    if (status.state != ViewState::kLive) text += " " + status.error;
  }
  return digests;
}

}  // namespace daybook::projections
