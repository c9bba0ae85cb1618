// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.postgres.TestInstance;
import dev.howdah.postgres.config.ConfigurationFiles;
import dev.howdah.postgres.config.Finding;
import dev.howdah.postgres.config.ServerConfiguration;
import dev.howdah.postgres.config.ServerRole;
import dev.howdah.testing.PostgresBinaries;
import dev.howdah.testing.ServerUser;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ConfigurationTrialIT {
  static List<PostgresBinaries> versions() {
    return PostgresBinaries.all();
  }

  @ParameterizedTest
  @MethodSource("versions")
  void leavesOutWhatOnlyTheMachineCanJudge(PostgresBinaries binaries) throws Exception {
    try (var instance = TestInstance.create("shop-1", binaries)) {
      var cluster =
          TestInstance.cluster(
              """
              metadata: {name: shop}
              spec:
                postgresql:
                  parameters: {timezone: Nowhere/Land, lc_messages: xx_YY, max_stack_depth: 1GB, work_mem: 8MB, wrok_mem: 8MB,
                               default_text_search_config: "bad name ''"}
              """);
      var scratch = ServerUser.temporaryDirectory("trial");
      var trial = new ConfigurationTrial(instance.programs, scratch);

      var facts = instance.facts(ServerRole.PRIMARY);
      var refused =
          trial.refused(
              cluster,
              facts,
              Files.readString(instance.pgData().resolve("postgresql.conf")),
              instance.pgData());
      var configuration =
          ServerConfiguration.of(cluster, binaries.major(), facts.withRefused(refused));

      assertThat(configuration.findings())
          .extracting(Finding::field)
          .contains(
              "spec.postgresql.parameters.lc_messages",
              "spec.postgresql.parameters.max_stack_depth",
              "spec.postgresql.parameters.timezone",
              "spec.postgresql.parameters.wrok_mem");
      assertThat(refused.get("wrok_mem"))
          .isEqualTo("unrecognized configuration parameter \"wrok_mem\"");
      assertThat(configuration.parameters()).containsEntry("work_mem", "8MB");
      assertThat(scratch).isEmptyDirectory();
      new ConfigurationFiles(instance.pgData()).write(configuration);
      instance.own();
      assertThat(instance.start()).as(instance.log()).isEqualTo(Postmaster.Phase.READY);
      ServerUser.delete(scratch);
    }
  }
}
