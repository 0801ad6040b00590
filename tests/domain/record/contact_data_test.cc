#include "domain/record/contact_data.h"

#include "gtest/gtest.h"
#include "tests/support/proto_matchers.h"

namespace daybook::domain {
namespace {

using ::daybook::testing::HasReason;

TEST(CheckEmailTest, AddressesAreAccepted) {
  for (const absl::string_view email :
       {"", "a@b.example", "ada.byron+crm@mail.example.org", "o'neill@example.co.uk",
        "ada@b\xc3\xbc"
        "cher.example",
        "x_y-z@1.example"}) {
    EXPECT_TRUE(CheckEmail("email", email).ok()) << email;
  }
  EXPECT_TRUE(CheckEmail("email", std::string(kEmailLocalBytesMax, 'a') + "@b.example").ok());
}

TEST(CheckEmailTest, OtherTextIsRefused) {
  for (const absl::string_view email :
       {"ada", "@example.org", "ada@", "ada@example", "ada@.org", "ada@example.", "a b@example.org",
        "ada@exa mple.org", "ada@@example.org", ".ada@example.org", "ada.@example.org",
        "a..b@example.org", "ada@-example.org", "ada@example-.org", "ada@example_.org",
        "<ada@example.org>", "ada,bob@example.org"}) {
    EXPECT_THAT(CheckEmail("email", email), HasReason(Reason::REASON_INVALID_FIELD)) << email;
  }
  EXPECT_THAT(CheckEmail("email", std::string(kEmailLocalBytesMax + 1, 'a') + "@b.example"),
              HasReason(Reason::REASON_INVALID_FIELD));
}

TEST(NormalisePhoneTest, SeparatorsGoAndDoubleZeroBecomesPlus) {
  EXPECT_EQ(*NormalisePhone("phone", ""), "");
  EXPECT_EQ(*NormalisePhone("phone", "+1 (555) 123-4567"), "+15551234567");
  EXPECT_EQ(*NormalisePhone("phone", "0044 20/7946.0000"), "+442079460000");
  EXPECT_EQ(*NormalisePhone("phone", "+1234567"), "+1234567");
  EXPECT_EQ(*NormalisePhone("phone", "+123456789012345"), "+123456789012345");
}

TEST(NormalisePhoneTest, OtherTextIsRefused) {
  for (const absl::string_view phone :
       {"030 123456", "+", "-", "+123456", "+1234567890123456", "+0301234567", "+49 30 x1234",
        "++4930123456", "000441234567", "call me"}) {
    EXPECT_THAT(NormalisePhone("phone", phone), HasReason(Reason::REASON_INVALID_FIELD)) << phone;
  }
}

}  // namespace
}  // namespace daybook::domain
