// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.desired;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Labels;
import dev.howdah.api.names.ObjectNames;
import dev.howdah.api.names.SecretKeys;
import dev.howdah.kube.Resource;
import dev.howdah.operator.tree.Tree;
import dev.howdah.service.pki.CertifiedKey;
import dev.howdah.service.pki.LeafRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The Secrets with certificates: authority, server, replication.
public final class CertificateSecrets {
  private CertificateSecrets() {}

  /// The authority, which signs servers and clients alike.
  public static ObjectNode authority(Blueprint blueprint, String name, CertifiedKey key) {
    return secret(
        blueprint,
        name,
        SecretKeys.OPAQUE,
        Map.of(SecretKeys.CA_CRT, key.certificatePem(), SecretKeys.CA_KEY, key.keyPem()));
  }

  /// A certificate with its key.
  public static ObjectNode leaf(Blueprint blueprint, String name, CertifiedKey key) {
    return secret(
        blueprint,
        name,
        SecretKeys.TLS,
        Map.of(SecretKeys.TLS_CRT, key.certificatePem(), SecretKeys.TLS_KEY, key.keyPem()));
  }

  private static ObjectNode secret(
      Blueprint blueprint, String name, String type, Map<String, String> data) {
    Map<String, String> labels = blueprint.labels();
    labels.put(Labels.RELOAD, "true");
    ObjectNode secret = blueprint.object(Resource.SECRETS, name, labels, blueprint.annotations());
    secret.put("type", type);
    ObjectNode texts = Tree.map();
    data.keySet().stream().sorted().forEach(key -> texts.put(key, data.get(key)));
    secret.set("stringData", texts);
    return secret;
  }

  /// What the server's certificate shall say: all names and addresses by which clients reach it.
  ///
  /// @param addresses of the Services, so that `verify-full` works by address too
  public static LeafRequest server(Blueprint blueprint, List<String> addresses) {
    var names = new ArrayList<String>();
    for (String service : Services.names(blueprint)) {
      String near = service + "." + blueprint.namespace();
      names.addAll(
          List.of(
              service, near, near + ".svc", near + ".svc." + blueprint.settings().clusterDomain()));
    }
    if (blueprint.spec().certificates() != null) {
      names.addAll(blueprint.spec().certificates().serverAltDnsNames());
    }
    return LeafRequest.server(
            ObjectNames.readWriteService(blueprint.name()),
            names.stream().distinct().toList(),
            blueprint.settings().certificateDuration())
        .withIpAddresses(addresses.stream().distinct().sorted().toList());
  }

  /// What the certificate of the streaming standbys shall say.
  public static LeafRequest replication(Blueprint blueprint) {
    return LeafRequest.client(
        ObjectNames.STREAMING_REPLICA, blueprint.settings().certificateDuration());
  }
}
