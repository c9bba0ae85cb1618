// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The page that says what proves each promise names tests that there are.
class ProofsTest {
  private static final Path TOP = Path.of("..");
  private static final Pattern NAMED =
      Pattern.compile("`([A-Z]\\w+(?:IT|Test))?(?:\\.([a-z]\\w+))?`");

  @ParameterizedTest
  @ValueSource(strings = {"backup-proofs.md", "embedded-mode-proofs.md", "kubernetes-proofs.md"})
  void everyTestThatIsNamedExists(String name) throws IOException {
    var page = Files.readString(TOP.resolve("docs/explanation").resolve(name));
    var missing = new ArrayList<String>();
    var test = "";
    int named = 0;
    var names = NAMED.matcher(page);
    while (names.find()) {
      // `.method` alone is one of the test named before it
      test = names.group(1) == null ? test : names.group(1);
      var method = names.group(2) == null ? "" : "void " + names.group(2) + "(";
      named++;
      if (!exists(test, method)) {
        missing.add(names.group());
      }
    }

    assertThat(missing).isEmpty();
    assertThat(named).isGreaterThan(30);
  }

  private static boolean exists(String test, String method) throws IOException {
    try (var modules = Files.list(TOP)) {
      for (Path module : modules.map(each -> each.resolve("src/test/java")).toList()) {
        if (!Files.isDirectory(module)) {
          continue;
        }
        try (var files = Files.walk(module)) {
          for (Path file : files.filter(each -> each.endsWith(test + ".java")).toList()) {
            if (Files.readString(file).contains(method)) {
              return true;
            }
          }
        }
      }
    }
    return false;
  }
}
