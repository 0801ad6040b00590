#include "domain/party/payment_terms.h"

#include "domain/base/money.h"
#include "domain/base/time.h"
#include "gtest/gtest.h"
#include "tests/support/proto_matchers.h"

namespace daybook::testing {
namespace {

using domain::DueParts;
using party::v1::PaymentTerms;

std::string Due(const std::string& terms, const std::string& invoiced) {
  std::string out;
  for (const auto& part : DueParts(Proto<PaymentTerms>(terms), *ParseDay(invoiced))) {
    out += (out.empty() ? "" : " ") + FormatDay(part.due) + "/" + std::to_string(part.share);
  }
  return out;
}

TEST(PaymentTermsTest, F024ThirtyDaysEndOfMonthOfAnInvoiceOf15JanuaryIs28February) {
  EXPECT_EQ(Due("kind: PAYMENT_TERMS_KIND_END_OF_MONTH days: 30", "2026-01-15"),
            "2026-02-28/1000000000");
}

TEST(PaymentTermsTest, F024EveryKind) {
  EXPECT_EQ(Due("kind: PAYMENT_TERMS_KIND_NET days: 30", "2026-01-15"), "2026-02-14/1000000000");
  EXPECT_EQ(Due("kind: PAYMENT_TERMS_KIND_NET", "2026-01-15"), "2026-01-15/1000000000");
  EXPECT_EQ(Due("kind: PAYMENT_TERMS_KIND_END_OF_MONTH", "2024-02-01"), "2024-02-29/1000000000");
  EXPECT_EQ(Due("kind: PAYMENT_TERMS_KIND_END_OF_MONTH", "2026-12-31"), "2026-12-31/1000000000");
  const std::string tenth = "kind: PAYMENT_TERMS_KIND_DAY_OF_MONTH days: 30 day_of_month: 10";
  EXPECT_EQ(Due(tenth, "2026-01-15"), "2026-03-10/1000000000");
  EXPECT_EQ(Due(tenth, "2026-01-11"), "2026-02-10/1000000000");
  const std::string last = "kind: PAYMENT_TERMS_KIND_DAY_OF_MONTH day_of_month: 31";
  EXPECT_EQ(Due(last, "2026-02-10"), "2026-02-28/1000000000");
  EXPECT_EQ(Due(last, "2026-12-31"), "2026-12-31/1000000000");
  EXPECT_EQ(Due("kind: PAYMENT_TERMS_KIND_INSTALMENTS instalments { share: 300000000 } "
                "instalments { share: 700000000 days: 30 }",
                "2026-01-15"),
            "2026-01-15/300000000 2026-02-14/700000000");
}

TEST(PaymentTermsTest, F024WrongTermsAreRefused) {
  const auto check = [](const std::string& terms) {
    return domain::CheckPaymentTerms("terms", Proto<PaymentTerms>(terms));
  };
  EXPECT_TRUE(check("kind: PAYMENT_TERMS_KIND_NET days: 365").ok());
  for (const char* wrong : {
           "",
           "kind: PAYMENT_TERMS_KIND_NET days: -1",
           "kind: PAYMENT_TERMS_KIND_NET days: 366",
           "kind: PAYMENT_TERMS_KIND_NET day_of_month: 1",
           "kind: PAYMENT_TERMS_KIND_NET instalments { share: 1 }",
           "kind: PAYMENT_TERMS_KIND_DAY_OF_MONTH",
           "kind: PAYMENT_TERMS_KIND_DAY_OF_MONTH day_of_month: 32",
           "kind: PAYMENT_TERMS_KIND_INSTALMENTS instalments { share: 999999999 }",
           "kind: PAYMENT_TERMS_KIND_INSTALMENTS days: 3",
           // 99.9999999 %, and 100 % in the wrong order.
           "kind: PAYMENT_TERMS_KIND_INSTALMENTS instalments { share: 500000000 } instalments { "
           "share: 499999999 days: 9 }",
           "kind: PAYMENT_TERMS_KIND_INSTALMENTS instalments { share: 500000000 days: 9 } "
           "instalments { share: 500000000 days: 9 }",
           "kind: PAYMENT_TERMS_KIND_INSTALMENTS instalments { share: 1000000000 } instalments { "
           "share: 0 days: 1 }",
       }) {
    EXPECT_THAT(check(wrong), HasReason(Reason::REASON_INVALID_FIELD)) << wrong;
  }
}

TEST(PaymentTermsTest, InstalmentsAtTheirLimit) {
  PaymentTerms terms;
  terms.set_kind(party::v1::PAYMENT_TERMS_KIND_INSTALMENTS);
  for (int i = 0; i < domain::kInstalmentsMax; ++i) {
    auto* part = terms.add_instalments();
    part->set_share(i == 0 ? kNano - (domain::kInstalmentsMax - 1) : 1);
    part->set_days(i);
  }
  EXPECT_TRUE(domain::CheckPaymentTerms("terms", terms).ok());
  terms.add_instalments()->set_share(1);
  EXPECT_THAT(domain::CheckPaymentTerms("terms", terms), HasReason(Reason::REASON_LIMIT_EXCEEDED));
}

}  // namespace
}  // namespace daybook::testing
