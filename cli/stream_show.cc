// stream show: the events of one record.

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/events.h"
#include "cli/verb_action.h"
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

void AddStreamShow(Command& root, App& app) {
  auto options = std::make_shared<Options>();
  Command* verb = Noun(root, "stream")->AddCommand("show", "The events of one record");
  verb->AddOption("stream", &options->stream, "<type>/<id>").Required();
  verb->AddOption("--after", &options->after, "Events after this position");
  verb->AddOption("--limit", &options->limit, "At most so many events; 0: all");
  SetAction(verb, app, options, &Run);
}

}  // namespace daybook::cli
