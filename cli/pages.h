#pragma once

// Lists that come page by page, for verbs that show them whole.

#include "absl/strings/string_view.h"
#include "cli/client.h"
#include "domain/base/status_macros.h"

namespace daybook::cli {

inline constexpr int kListPage = 1000;

// Calls until the last page and puts all of them into one answer. The server reads all pages of a
// list at the position of the first.
template <class Request, class Response>
absl::Status CallPages(Client& client, absl::string_view method, Request request, Response* all) {
  request.set_page_size(kListPage);
  do {
    Response page;
    DAYBOOK_RETURN_IF_ERROR(client.Call(method, request, &page));
    request.set_page_token(page.next_page_token());
    all->MergeFrom(page);
  } while (!request.page_token().empty());
  all->clear_next_page_token();
  return absl::OkStatus();
}

}  // namespace daybook::cli
