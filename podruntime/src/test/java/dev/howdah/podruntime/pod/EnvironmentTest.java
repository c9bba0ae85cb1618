// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.pod;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.podruntime.pod.Images.Image;
import dev.howdah.podruntime.volume.Mounts;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EnvironmentTest {
  @Test
  void expandsKnownNamesOnly() {
    Map<String, String> known = Map.of("A", "1");

    assertThat(Environment.expand("$(A)-$(B)-$$(A)-$A-$(", known)).isEqualTo("1-$(B)-$(A)-$A-$(");
    assertThat(Environment.expand("end$", known)).isEqualTo("end$");
  }

  @Test
  void rewritesOnlyWhatBeginsWithAMountPath() {
    ObjectNode container = Json.object();
    container.putArray("volumeMounts").addObject().put("name", "v").put("mountPath", "/run/");
    Mounts mounts = Mounts.of(container, text -> text);
    Path root = Path.of("/r");

    assertThat(mounts.rewrite("/run", root)).isEqualTo("/r/run");
    assertThat(mounts.rewrite("/run/x", root)).isEqualTo("/r/run/x");
    assertThat(mounts.rewrite("/running", root)).isEqualTo("/running");
    assertThat(mounts.rewrite("--at=/run/x", root)).isEqualTo("--at=/run/x");
  }

  @Test
  void anImageOfPostgresStandsForTheLocalOneOfItsMajor() {
    Path bin = Path.of("/usr/lib/postgresql/15/bin");
    var images =
        new Images(
            Map.of("/manager", Path.of("/opt/m")),
            major -> Optional.of(bin).filter(_ -> major == 15 || major == 0));

    for (String image :
        List.of(
            "ghcr.io/cloudnative-pg/postgresql:15",
            "postgres:15.4-bookworm",
            "localhost:5000/x/postgis:15-3.4@sha256:00",
            "postgres")) {
      assertThat(images.resolve(image)).as(image).isEqualTo(new Image.Here(Optional.of(bin)));
    }
    assertThat(images.resolve("busybox:1")).isEqualTo(new Image.Here(Optional.empty()));
    assertThat(images.resolve("postgresql:17")).isInstanceOf(Image.Missing.class);
    assertThat(images.program("/manager")).contains(Path.of("/opt/m"));
    assertThat(images.program("/managerial")).isEmpty();
  }
}
