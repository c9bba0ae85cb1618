// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.service;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ServiceViewTest {
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

  private static JsonNode yaml(String text) throws IOException {
    return YAML.readTree(text);
  }

  private static JsonNode service(String extra) throws IOException {
    return yaml(
        """
        metadata: {namespace: db, name: main-rw, uid: s1, labels: {app: main}}
        spec:
          clusterIP: 127.96.0.5
          selector: {role: primary}
          ports: [{name: postgres, port: 5432, targetPort: postgresql}]
        """
            + extra.indent(2));
  }

  private static JsonNode pod(String name, String ip, String role, boolean ready, String extra)
      throws IOException {
    return yaml(
        """
        metadata: {namespace: db, name: %s, uid: u-%s, labels: {role: %s}%s}
        spec:
          nodeName: local-1
          containers: [{name: postgres, ports: [{name: postgresql, containerPort: 5432}]}]
        status: {phase: Running, podIP: %s, conditions: [{type: Ready, status: "%s"}]}
        """
            .formatted(
                name,
                name,
                role,
                extra.isEmpty() ? "" : ", " + extra,
                ip,
                ready ? "True" : "False"));
  }

  private static List<Endpoint> only(ServiceView view) {
    assertThat(view.endpoints()).hasSize(1);
    return view.endpoints().values().iterator().next();
  }

  @Test
  void selectsPodsByLabelAndTakesNewConnectionsToReadyOnes() throws Exception {
    var pods =
        List.of(
            pod("a", "127.1.0.1", "primary", true, ""),
            pod("b", "127.1.0.2", "replica", true, ""),
            pod("c", "127.1.0.3", "primary", false, ""));

    var endpoints = only(ServiceView.of(service(""), pods));

    assertThat(endpoints).extracting(Endpoint::pod).containsExactly("a", "c");
    assertThat(endpoints).extracting(Endpoint::port).containsExactly(5432, 5432);
    assertThat(endpoints).extracting(Endpoint::ready).containsExactly(true, false);
  }

  @Test
  void aTerminatingPodKeepsItsConnectionsButGetsNoNewOnes() throws Exception {
    var pods = List.of(pod("a", "127.1.0.1", "primary", true, "deletionTimestamp: now"));

    assertThat(only(ServiceView.of(service(""), pods)))
        .containsExactly(
            new Endpoint("127.1.0.1", 5432, false, true, true, "a", "u-a", "local-1", ""));
  }

  @Test
  void publishesPodsThatAreNotReadyWhenAsked() throws Exception {
    var pods = List.of(pod("a", "127.1.0.1", "primary", false, ""));

    assertThat(only(ServiceView.of(service("publishNotReadyAddresses: true"), pods)))
        .extracting(Endpoint::ready)
        .containsExactly(true);
  }

  @Test
  void writesEndpointsAndSlices() throws Exception {
    var pods =
        List.of(
            pod("a", "127.1.0.1", "primary", true, ""),
            pod("c", "127.1.0.3", "primary", false, ""));
    var view = ServiceView.of(service(""), pods);

    var endpoints = EndpointObjects.endpoints(view, service(""));
    var slices = EndpointObjects.slices(view, service(""));

    assertThat(endpoints.path("subsets"))
        .isEqualTo(
            yaml(
                """
                - addresses: [{ip: 127.1.0.1, nodeName: local-1, targetRef: {kind: Pod, namespace: db, name: a, uid: u-a}}]
                  notReadyAddresses: [{ip: 127.1.0.3, nodeName: local-1, targetRef: {kind: Pod, namespace: db, name: c, uid: u-c}}]
                  ports: [{name: postgres, port: 5432, protocol: TCP}]
                """));
    assertThat(slices).hasSize(1);
    assertThat(slices.getFirst().path("metadata").path("labels"))
        .isEqualTo(
            yaml(
                """
                app: main
                kubernetes.io/service-name: main-rw
                endpointslice.kubernetes.io/managed-by: endpointslice-controller.k8s.io
                """));
    assertThat(slices.getFirst().path("endpoints").path(1).path("conditions"))
        .isEqualTo(yaml("{ready: false, serving: false, terminating: false}"));
  }
}
