// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.fault;

import dev.howdah.e2e.embedded.EmbeddedHowdah;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Where the instances are; remembered, as the API server may be away.
final class ScenePods {
  private final EmbeddedHowdah howdah;
  private final Map<String, String> addresses = new ConcurrentHashMap<>();
  private volatile @Nullable String user;
  private volatile String password = "";
  private volatile String service = "";

  ScenePods(EmbeddedHowdah howdah) {
    this.howdah = howdah;
  }

  Connection throughService() throws SQLException {
    learn();
    return connect(service);
  }

  Connection directly(String instance) throws SQLException {
    learn();
    var known = addresses.get(instance);
    if (known == null) {
      known = lookUp(instance);
    }
    try {
      return connect(known);
    } catch (SQLException e) {
      addresses.remove(instance, known); // it may be another next time
      throw e;
    }
  }

  /// The address of an instance's pod.
  String of(String instance) throws SQLException {
    var known = addresses.get(instance);
    return known == null ? lookUp(instance) : known;
  }

  List<String> known() {
    return List.copyOf(addresses.keySet());
  }

  private String lookUp(String instance) throws SQLException {
    try {
      var address =
          howdah
              .client()
              .get(Resource.PODS, Scene.NAMESPACE, instance)
              .at("/status/podIP")
              .asText("");
      if (address.isEmpty()) {
        throw new SQLException(instance + " has no address");
      }
      addresses.put(instance, address);
      return address;
    } catch (IOException | GeneralSecurityException | KubeException e) {
      throw new SQLException("the address of " + instance + " is unknown", e);
    }
  }

  private void learn() throws SQLException {
    if (user != null) {
      return;
    }
    try {
      var secret = howdah.client().get(Resource.SECRETS, Scene.NAMESPACE, Scene.CLUSTER + "-app");
      service =
          howdah
              .client()
              .get(Resource.SERVICES, Scene.NAMESPACE, Scene.CLUSTER + "-rw")
              .at("/spec/clusterIP")
              .asText();
      password = EmbeddedHowdah.decoded(secret, "password");
      user = EmbeddedHowdah.decoded(secret, "username");
    } catch (IOException | GeneralSecurityException | KubeException e) {
      throw new SQLException("the API server can't be asked where to connect", e);
    }
  }

  private Connection connect(String address) throws SQLException {
    var properties = new Properties();
    properties.setProperty("user", String.valueOf(user));
    properties.setProperty("password", password);
    properties.setProperty("connectTimeout", "2");
    properties.setProperty("socketTimeout", "3");
    properties.setProperty("loginTimeout", "3");
    properties.setProperty("sslmode", "require");
    properties.setProperty("ApplicationName", "howdah-faults");
    return DriverManager.getConnection("jdbc:postgresql://" + address + ":5432/app", properties);
  }
}
