use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::own::unused_port;
use super::{Server, request, wait_until};

/// An haproxy in front of some nodes, as `examples/cluster/run` has it.
pub(crate) struct Balancer {
    child: Child,
    pub(crate) address: String,
    _folder: TempDir,
}

impl Balancer {
    pub(crate) fn before(nodes: &[Server]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("127.0.0.1:{}", unused_port());
        let mut settings = format!(
            "defaults\n mode http\n timeout connect 2s\n timeout client 30s\n timeout server 30s\n \
             option redispatch\n retries 3\nfrontend blog\n bind {address}\n default_backend nodes\n\
             backend nodes\n balance roundrobin\n option httpchk GET /health/ready\n"
        );
        for (number, node) in nodes.iter().enumerate() {
            let server = format!(" server node-{number} {} check inter 500ms", node.address);
            settings += &format!("{server} fall 2 rise 1\n");
        }
        let path = folder.path().join("haproxy.cfg");
        std::fs::write(&path, settings).unwrap();
        let mut haproxy = Command::new("haproxy");
        haproxy.arg("-db").arg("-f").arg(path);
        let child = haproxy.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let child =
            child.unwrap_or_else(|error| panic!("haproxy, which tests/run installs: {error}"));
        let balancer = Self {
            child,
            address,
            _folder: folder,
        };
        wait_until("the balancer serves", || {
            let ready = request(&balancer.address, "", "GET", "/health/ready", "");
            ready.is_some_and(|answer| answer.status == 200)
        });
        balancer
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
