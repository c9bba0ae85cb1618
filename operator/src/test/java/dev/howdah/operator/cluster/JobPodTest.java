// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.operator.cluster.observed.JobPod;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JobPodTest {
  @ParameterizedTest(name = "phase {0}, containers {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "Pending   | []                                                                          | false",
        "Running   | [{state: {running: {}}}]                                                    | false",
        "Running   | [{state: {terminated: {exitCode: 0}}}]                                      | true",
        "Running   | [{state: {terminated: {exitCode: 0}}}, {state: {running: {}}}]              | false",
        "Running   | [{state: {terminated: {exitCode: 1}}}]                                      | false",
        "Succeeded | []                                                                          | true",
        "Failed    | [{state: {terminated: {exitCode: 137}}}]                                    | false",
      })
  void isDoneAsSoonAsItsContainersHaveEndedWell(String phase, String containers, boolean done) {
    var pod =
        SimulatedCluster.parse(
            """
            metadata: {name: c-1-initdb-x, namespace: db, ownerReferences: [{kind: Job, uid: "7", controller: true}]}
            status: {phase: %s, containerStatuses: %s}
            """
                .formatted(phase, containers));

    assertThat(JobPod.of(pod)).isEqualTo(new JobPod("7", done));
  }
}
