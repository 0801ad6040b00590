// stream show: the events of one record.

#include <CLI/CLI.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/app.h"
#include "cli/events.h"
#include "cli/verbs.h"

namespace daybook::cli {
namespace {

struct Options {
  std::string stream;
  uint64_t after = 0;
  uint64_t limit = 0;
};

absl::Status Run(App& app, const Options& options) {
  if (!absl::StrContains(options.stream, "/")) {
    return absl::InvalidArgumentError(absl::StrCat(
        "stream ", options.stream, ": give <type>/<id>, for example opportunity/0190…"));
  }
  log::v1::ReadEventsRequest request;
  request.set_stream(options.stream);
  request.set_after_position(options.after);
  request.set_limit(options.limit);
  return PrintEvents(app, request);
}

}  // namespace

void AddStreamShow(CLI::App& root, App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = Noun(root, "stream")->add_subcommand("show", "The events of one record");
  verb->add_option("stream", options->stream, "<type>/<id>")->required();
  verb->add_option("--after", options->after, "Events after this position");
  verb->add_option("--limit", options->limit, "At most so many events; 0: all");
  verb->callback([options, &app] { app.action = [options, &app] { return Run(app, *options); }; });
}

}  // namespace daybook::cli
