import test from 'ava'
import { classifyPlatform, type PlatformSigns } from './classify-platform.ts'

const NOTHING: PlatformSigns = {
  dmi: {},
  cgroup: '0::/init.scope',
  hasDockerEnv: false,
  hasContainerEnv: false,
  isKubernetes: false,
}

type Dmi = PlatformSigns['dmi']

/** What the firmware says → kind/provider/virtualization, on a virtual processor. */
const VIRTUAL: readonly (readonly [string, Dmi, string])[] = [
  [
    'EC2 on Nitro',
    { sys_vendor: 'Amazon EC2', product_name: 'm5.large', bios_vendor: 'Amazon EC2' },
    'cloud/aws/unknown',
  ],
  [
    'EC2 on Xen',
    { sys_vendor: 'Xen', product_name: 'HVM domU', product_uuid: 'EC2AB8E8-1111-2222-3333-444455556666' },
    'cloud/aws/xen',
  ],
  [
    'EC2 on Xen, its uuid in the other byte order',
    { sys_vendor: 'Xen', product_name: 'HVM domU', product_uuid: 'e8b82aec-1111-2222-3333-444455556666' },
    'cloud/aws/xen',
  ],
  [
    'EC2 by its BIOS',
    { sys_vendor: 'Xen', bios_vendor: 'Xen', bios_version: '4.11.amazon' },
    'cloud/aws/xen',
  ],
  ['GCP', { sys_vendor: 'Google', product_name: 'Google Compute Engine' }, 'cloud/gcp/unknown'],
  [
    'Azure',
    {
      sys_vendor: 'Microsoft Corporation',
      product_name: 'Virtual Machine',
      chassis_asset_tag: '7783-7084-3265-9085-8269-3286-77',
    },
    'cloud/azure/hyper-v',
  ],
  [
    'Hyper-V of one’s own',
    { sys_vendor: 'Microsoft Corporation', product_name: 'Virtual Machine', chassis_asset_tag: '1234' },
    'on-premises/hyper-v/hyper-v',
  ],
  ['DigitalOcean', { sys_vendor: 'DigitalOcean', product_name: 'Droplet' }, 'cloud/digitalocean/unknown'],
  ['Hetzner Cloud', { sys_vendor: 'Hetzner', product_name: 'vServer' }, 'cloud/hetzner/unknown'],
  ['OVH', { sys_vendor: 'OVHcloud', product_name: 'vps' }, 'cloud/ovh/unknown'],
  ['Oracle', { sys_vendor: 'QEMU', chassis_asset_tag: 'OracleCloud.com' }, 'cloud/oracle/kvm'],
  ['Alibaba', { sys_vendor: 'Alibaba Cloud', product_name: 'Alibaba Cloud ECS' }, 'cloud/alibaba/unknown'],
  [
    'OpenStack',
    { sys_vendor: 'OpenStack Foundation', product_name: 'OpenStack Nova' },
    'cloud/openstack/unknown',
  ],
  ['VMware', { sys_vendor: 'VMware, Inc.', product_name: 'VMware20,1' }, 'on-premises/vmware/vmware'],
  [
    'VirtualBox',
    { sys_vendor: 'innotek GmbH', product_name: 'VirtualBox' },
    'on-premises/virtualbox/virtualbox',
  ],
  [
    'QEMU, anybody’s',
    { sys_vendor: 'QEMU', product_name: 'Standard PC (Q35 + ICH9, 2009)' },
    'unknown/kvm/kvm',
  ],
  ['Xen, anybody’s', { sys_vendor: 'Xen', product_name: 'HVM domU' }, 'unknown/xen/xen'],
  ['nothing to read', {}, 'unknown/unknown/unknown'],
]

for (const [name, dmi, expected] of VIRTUAL) {
  test(`${name}: ${expected}`, t => {
    const { kind, provider, virtualization } = classifyPlatform({ ...NOTHING, dmi, isVirtualCpu: true })
    t.is(`${kind}/${provider}/${virtualization}`, expected)
  })
}

test('a machine with a maker and no virtual processor is bare metal; one that hides its processor is unknown', t => {
  const dmi = { sys_vendor: 'Dell Inc.', product_name: 'PowerEdge R640' }
  t.like(classifyPlatform({ ...NOTHING, dmi, isVirtualCpu: false }), {
    kind: 'on-premises',
    provider: 'bare-metal',
    virtualization: 'none',
  })
  t.is(classifyPlatform({ ...NOTHING, dmi }).kind, 'unknown')
  const robot = { sys_vendor: 'Hetzner', product_name: 'PX-Line' }
  t.is(classifyPlatform({ ...NOTHING, dmi: robot, isVirtualCpu: false }).provider, 'bare-metal')
})

const CONTAINERS: readonly (readonly [string, Partial<PlatformSigns>])[] = [
  ['none', {}],
  ['kubernetes', { isKubernetes: true, hasDockerEnv: true }],
  ['kubernetes', { cgroup: '0::/kubepods.slice/kubepods-pod1.slice' }],
  ['docker', { hasDockerEnv: true }],
  ['docker', { cgroup: '0::/system.slice/docker-4f3a.scope\n1:x:/docker/4f3a' }],
  ['podman', { hasContainerEnv: true }],
  ['lxc', { cgroup: '0::/lxc.payload.web' }],
  ['systemd-nspawn', { container: 'systemd-nspawn' }],
]

for (const [index, [expected, signs]] of CONTAINERS.entries()) {
  test(`container signs ${index}: ${expected}`, t => {
    t.is(classifyPlatform({ ...NOTHING, ...signs }).container, expected)
  })
}
