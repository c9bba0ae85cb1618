// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.outside;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.howdah.core.wal.Lsn;
import dev.howdah.core.wal.Timeline;
import dev.howdah.kube.Json;
import dev.howdah.postgres.command.ControlData;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TokenTest {
  private static ControlData control(long system, int timeline, String redo) {
    Lsn at = Lsn.parse(redo);
    return new ControlData(
        system,
        ControlData.State.SHUT_DOWN,
        202209061,
        timeline,
        at,
        at,
        "000000020000000000000005",
        "Sat 21 Nov 2026 07:00:00 AM UTC",
        Lsn.ZERO,
        0,
        Lsn.ZERO,
        false,
        "logical",
        true,
        true,
        16 << 20,
        Map.of(),
        Map.of());
  }

  @Test
  void hasTheFieldsThatOtherImplementationsReadToo() throws IOException {
    Token token = Token.of(control(-5, 2, "0/5000028"), "1.0");

    var json = Json.mapper().readTree(Base64.getDecoder().decode(token.text()));

    assertThat(json.path("databaseSystemIdentifier").asText()).isEqualTo("18446744073709551611");
    assertThat(json.path("latestCheckpointTimelineID").asText()).isEqualTo("2");
    assertThat(json.path("latestCheckpointREDOLocation").asText()).isEqualTo("0/5000028");
    assertThat(json.path("redoWalFile").asText()).isEqualTo("000000020000000000000005");
    assertThat(json.path("timeOfLatestCheckpoint").asText()).isNotEmpty();
    assertThat(json.path("operatorVersion").asText()).isEqualTo("1.0");
    assertThat(Token.parse(token.text())).isEqualTo(token);
  }

  @Test
  void isCompleteOnlyExactlyWhereTheOldPrimaryStopped() {
    Token token = Token.of(control(7, 2, "0/5000028"), "1.0");

    assertThat(check(token, control(7, 2, "0/5000028"))).isInstanceOf(Token.Verdict.Complete.class);
    assertThat(check(token, control(7, 2, "0/4000028"))).isInstanceOf(Token.Verdict.NotYet.class);
    assertThat(check(token, control(7, 1, "0/9000028"))).isInstanceOf(Token.Verdict.NotYet.class);
    assertThat(check(token, control(7, 2, "0/6000028"))).isInstanceOf(Token.Verdict.Never.class);
    assertThat(check(token, control(7, 3, "0/5000028"))).isInstanceOf(Token.Verdict.Never.class);
    assertThat(check(token, control(8, 2, "0/5000028"))).isInstanceOf(Token.Verdict.Never.class);
  }

  @Test
  void ofAnEarlierDemotionPromotesNobodyEvenWhoStandsThere() {
    Token token = Token.of(control(7, 2, "0/5000028"), "1.0");
    ControlData there = control(7, 2, "0/5000028");

    assertThat(token.check(there, new Timeline(2))).isInstanceOf(Token.Verdict.Complete.class);
    assertThat(token.check(there, new Timeline(4)))
        .isEqualTo(
            Token.Verdict.Never.passed(
                "it is of an earlier demotion, on timeline 2, and this cluster has been on timeline"
                    + " 4 since"));
  }

  /// As when the instance that was promoted with it was lost before its Cluster said so.
  @Test
  void ofAPointThatIsPassedIsToBeTakenAway() {
    Token token = Token.of(control(7, 2, "0/5000028"), "1.0");

    assertThat(check(token, control(7, 3, "0/5000090")))
        .isInstanceOfSatisfying(
            Token.Verdict.Never.class,
            never ->
                assertThat(never.remedy())
                    .contains("If that is this very token", "remove spec.replica.promotionToken"));
  }

  private static Token.Verdict check(Token token, ControlData control) {
    return token.check(control, Timeline.NONE);
  }

  @Test
  void saysThatATextIsNoToken() {
    for (String text : List.of("bm8=", "%%%", "e30=")) {
      assertThatThrownBy(() -> Token.parse(text))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("can't be read");
    }
  }
}
