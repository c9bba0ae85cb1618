// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// The manual of the operator's configuration, made from the keys that it reads.
class OperatorPageTest {
  private static final Path PAGE = Path.of("../docs/reference/operator.md");

  private static final String HEAD =
      """
      # The operator's configuration

      Made from the code: a test compares this page with the keys that are read.

      Values come from the operator's environment, then from the ConfigMap, then from the Secret, both named
      `cnpg-controller-manager-config`, in the operator's namespace; the later ones win. The Helm chart writes them from its values
      `config` and `secretConfig`. Both objects are followed: where the table says *hot*, a change works within a second, without a
      restart of a pod and without touching a database (unless the key itself is about what pods look like). A value that can't be used
      is refused as a whole, with all reasons in the operator's log, and the operator goes on with the settings before. Unknown keys are
      ignored.

      | Key | Default | Change | What it does |
      |---|---|---|---|
      """;

  private static final String TAIL =
      """

      *hot*: at once. *restart*: at the next start of the operator's pods. *none*: read, but without effect in this version; the operator
      says so in its log when the key is set.

      ## Options of the command

      `/manager controller` takes `--leader-elect` (false; the chart: true), `--leader-lease-duration` (15 seconds),
      `--leader-renew-deadline` (10 seconds), `--config-map-name` and `--secret-name` (`cnpg-controller-manager-config`),
      `--webhook-port` (9443), `--metrics-bind-address` (`:8080`; `0`: no metrics), `--kubeconfig` (outside a cluster), `--log-level`,
      `--log-field-level` and `--log-field-timestamp`.
      """;

  @Test
  void theManualTellsEachKey() throws IOException {
    var page = new StringBuilder(HEAD);
    for (SettingKey key : SettingKey.values()) {
      String change =
          switch (key.obeyed()) {
            case HOT -> "hot";
            case AT_START -> "restart";
            case NO -> "none";
          };
      String otherwise = key.otherwise().isEmpty() ? "" : "`" + key.otherwise() + "`";
      page.append("| `%s` | %s | %s | %s |\n".formatted(key, otherwise, change, key.effect()));
    }
    String wanted = page.append(TAIL).toString();
    if (Boolean.getBoolean("golden.update")) {
      Files.writeString(PAGE, wanted);
    }

    assertThat(PAGE)
        .as("mvn -pl operator -am test -Dtest=OperatorPageTest -Dgolden.update writes it anew")
        .content()
        .isEqualTo(wanted);
  }
}
