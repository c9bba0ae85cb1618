// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.schema;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ApiPageTest {
  private static final Path PAGE = Path.of("../docs/reference/api.md");

  @Test
  void theManualSaysWhatTheCodeDoes() throws IOException {
    String wanted = ApiPage.text();
    if (Boolean.getBoolean("golden.update")) {
      Files.createDirectories(PAGE.getParent());
      Files.writeString(PAGE, wanted);
    }

    assertThat(PAGE)
        .as("mvn -pl api -am test -Dtest=ApiPageTest -Dgolden.update writes it anew")
        .content()
        .isEqualTo(wanted);
  }
}
