// timeline show: what happened to a record and around it, newest first.

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/records.h"
#include "cli/table.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/work/v1/timeline_service.pb.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::work::v1;

constexpr int kPageSize = 200;

struct Options {
  std::string aggregate;
  std::string id;
  std::string as_of;
  std::vector<std::string> only;
  int limit = 50;
};

std::string Show(const google::protobuf::Timestamp& timestamp) {
  const auto time = FromProto(timestamp);
  return time.ok() ? FormatInstant(*time) : "";
}

absl::Status Run(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(const domain::ObjectType* type, FindType(options.aggregate));
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::GetTimelineRequest request;
  DAYBOOK_RETURN_IF_ERROR(SetAsOf(app, options.as_of, request.mutable_header()));
  request.set_aggregate(options.aggregate);
  DAYBOOK_ASSIGN_OR_RETURN(*request.mutable_id(), ResolveByTitle(*client, *type, options.id));
  for (const std::string& aggregate : options.only) request.add_aggregates(aggregate);
  Names names(*client);
  Table table({{"When"}, {"Who"}, {"What"}, {"Record"}, {"Stream"}, {"Position", Align::kRight}});
  int left = options.limit;
  rpc::v1::ReadPosition read;
  do {
    pb::GetTimelineResponse page;
    request.set_page_size(std::min(left, kPageSize));
    DAYBOOK_RETURN_IF_ERROR(
        client->Call("daybook.work.v1.TimelineService/GetTimeline", request, &page));
    if (app.options.format == OutputFormat::kJson) PrintJson(page);
    for (const pb::TimelineEntry& entry : page.entries()) {
      table.Add({Show(entry.effective_at()), names.Actor(entry.actor()), entry.summary(),
                 entry.title(), entry.stream(), absl::StrCat(entry.position())});
    }
    left -= page.entries_size();
    read = page.read();
    request.set_page_token(page.next_page_token());
    // All pages stand where the first one did.
    request.mutable_header()->set_as_of_position(read.position());
  } while (left > 0 && !request.page_token().empty());
  if (app.options.format == OutputFormat::kJson) return absl::OkStatus();
  PrintTable(app, table);
  if (app.options.format == OutputFormat::kTable) {
    Print(absl::StrCat("\n", DescribeRead(read), "\n"));
  }
  return absl::OkStatus();
}

}  // namespace

void AddTimelineShow(Command& root, App& app) {
  auto options = std::make_shared<Options>();
  Command* verb =
      Noun(root, "timeline")->AddCommand("show", "What happened to a record and around it");
  verb->AddOption("type", &options->aggregate, "Type of record, for example account").Required();
  verb->AddOption("id", &options->id, "Its id, or its name if that is unique").Required();
  verb->AddOption("--only", &options->only, "Only events of these types of record").Delimiter(',');
  verb->AddOption("--limit", &options->limit, "At most so many events").Range(1, 100'000);
  verb->AddOption("--as-of", &options->as_of,
                  "As the timeline was then: a day, an instant, a position");
  SetAction(verb, app, options, &Run);
}

}  // namespace daybook::cli
