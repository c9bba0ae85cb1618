// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.observed;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.operator.tree.Tree;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What belongs together, though labels of claims were changed by hand.
class InstanceTest {
  private static ObservedVolume volume(String name, String instance, String role, String serial) {
    ObjectNode metadata =
        Tree.map(
            "name",
            name,
            "labels",
            Tree.map("cnpg.io/instanceName", instance, "cnpg.io/pvcRole", role),
            "annotations",
            Tree.map("cnpg.io/nodeSerial", serial));
    return ObservedVolume.of(Tree.map("metadata", metadata));
  }

  private static List<Instance> group(ObservedVolume... volumes) {
    return Instance.group(List.of(volumes), List.of(), List.of(), Map.of());
  }

  @Test
  void theNameDecidesAmongClaimsThatDisagree() {
    var instances =
        group(
            volume("c-2-wal", "c-2", "PG_WAL", "1"),
            volume("c-2", "c-2", "PG_DATA", "2"),
            volume("c-1", "c-1", "PG_DATA", "1"));

    assertThat(instances).extracting(Instance::name).containsExactly("c-1", "c-2");
    assertThat(instances).extracting(Instance::serial).containsExactly(1, 2);
    assertThat(instances).allMatch(Instance::exists);
  }

  @Test
  void oneClaimWithoutANumberDoesNotHideAnInstance() {
    var instances =
        group(volume("c-2-wal", "c-2", "PG_WAL", ""), volume("c-2", "c-2", "PG_DATA", "2"));

    assertThat(instances).extracting(Instance::serial).containsExactly(2);
    assertThat(instances).allMatch(Instance::exists);
  }

  @Test
  void noInstanceHidesAnother() {
    var instances =
        group(volume("c-1", "c-1", "PG_DATA", "1"), volume("restored", "restored", "PG_DATA", "1"));

    assertThat(instances).extracting(Instance::name).containsExactly("c-1", "restored");
  }

  @Test
  void theDataDecidesWhereTheNameHasNoNumber() {
    var instances = group(volume("x-wal", "x", "PG_WAL", "4"), volume("x", "x", "PG_DATA", "3"));

    assertThat(instances).extracting(Instance::serial).containsExactly(3);
  }
}
