/** What a machine shows of itself without being asked over a network; a sign that cannot be read is absent. */
export interface PlatformSigns {
  /** `/sys/class/dmi/id/NAME`: what the firmware says. Virtual machines get it from their host. */
  readonly dmi: Readonly<Partial<Record<DmiName, string>>>
  /** `/sys/hypervisor/type` and `/sys/hypervisor/uuid`. */
  readonly hypervisorType?: string
  readonly hypervisorUuid?: string
  /** The processor says that it is virtual (flag `hypervisor`); undefined when that could not be read. */
  readonly isVirtualCpu?: boolean
  /** `/proc/1/cgroup` or, when that says nothing, `/proc/self/cgroup`. */
  readonly cgroup: string
  readonly hasDockerEnv: boolean
  readonly hasContainerEnv: boolean
  /** The variables `container` and `KUBERNETES_SERVICE_HOST`. */
  readonly container?: string
  readonly isKubernetes: boolean
}

export const DMI_NAMES = [
  'sys_vendor',
  'product_name',
  'product_version',
  'product_uuid',
  'bios_vendor',
  'bios_version',
  'board_vendor',
  'board_asset_tag',
  'chassis_vendor',
  'chassis_asset_tag',
] as const
export type DmiName = (typeof DMI_NAMES)[number]

export interface Platform {
  /** Where the machine stands, as far as its signs say so. */
  readonly kind: 'cloud' | 'on-premises' | 'unknown'
  /** `aws`, `gcp`, … for a cloud; the hypervisor or `bare-metal` otherwise; `unknown`. */
  readonly provider: string
  /** `kvm`, `vmware`, `hyper-v`, `xen`, …; `none` on bare metal; `unknown`. */
  readonly virtualization: string
  /** `docker`, `kubernetes`, `podman`, `lxc`, … or `none`. */
  readonly container: string
}

/** Azure's own tag: without it a machine of Microsoft's hypervisor may stand anywhere. */
const AZURE_TAG = '7783-7084-3265-9085-8269-3286-77'

interface Sign {
  readonly provider: string
  readonly matches: (dmi: PlatformSigns['dmi'], signs: PlatformSigns) => boolean
}

const says = (pattern: RegExp, ...names: readonly DmiName[]): Sign['matches'] => {
  return dmi => names.some(name => pattern.test(dmi[name] ?? ''))
}

/** In this order: clouds of their own name before those that only say which software they run. */
const CLOUDS: readonly Sign[] = [
  { provider: 'aws', matches: says(/^amazon ec2|amazon$/i, 'sys_vendor', 'bios_vendor', 'bios_version') },
  { provider: 'aws', matches: dmi => isXenOfEc2(dmi.product_uuid) && /^xen$/i.test(dmi.sys_vendor ?? '') },
  { provider: 'gcp', matches: says(/^google compute engine$/i, 'product_name') },
  { provider: 'azure', matches: dmi => dmi.chassis_asset_tag === AZURE_TAG },
  { provider: 'digitalocean', matches: says(/^digitalocean$/i, 'sys_vendor') },
  { provider: 'hetzner', matches: dmi => /^hetzner/i.test(dmi.sys_vendor ?? '') && !isMetal(dmi) },
  { provider: 'ovh', matches: says(/^ovh/i, 'sys_vendor', 'chassis_asset_tag') },
  { provider: 'oracle', matches: says(/^oraclecloud\.com$/i, 'chassis_asset_tag') },
  { provider: 'alibaba', matches: says(/^alibaba cloud/i, 'sys_vendor', 'product_name') },
  { provider: 'scaleway', matches: says(/^scaleway$/i, 'sys_vendor') },
  { provider: 'vultr', matches: says(/^vultr$/i, 'sys_vendor') },
  { provider: 'linode', matches: says(/^(linode|akamai)/i, 'sys_vendor') },
  { provider: 'upcloud', matches: says(/^upcloud$/i, 'sys_vendor') },
  { provider: 'exoscale', matches: says(/^exoscale/i, 'sys_vendor', 'product_name') },
  {
    provider: 'openstack',
    matches: says(
      /^openstack |^opentelekomcloud$|^huaweicloud$/i,
      'sys_vendor',
      'product_name',
      'chassis_asset_tag',
    ),
  },
]

const QEMU_NAMES = ['sys_vendor', 'product_name', 'bios_vendor'] as const

/** Hypervisors that people run themselves. What is only QEMU or KVM may be rented or owned: that is not known. */
const HYPERVISORS: readonly (Sign & { readonly kind: Platform['kind'] })[] = [
  { provider: 'vmware', kind: 'on-premises', matches: says(/^vmware/i, 'sys_vendor', 'product_name') },
  { provider: 'hyper-v', kind: 'on-premises', matches: dmi => isHyperV(dmi) },
  {
    provider: 'virtualbox',
    kind: 'on-premises',
    matches: says(/^(innotek|virtualbox)/i, 'sys_vendor', 'product_name'),
  },
  { provider: 'parallels', kind: 'on-premises', matches: says(/^parallels/i, 'sys_vendor', 'product_name') },
  { provider: 'nutanix', kind: 'on-premises', matches: says(/^nutanix$/i, 'sys_vendor') },
  { provider: 'proxmox', kind: 'on-premises', matches: says(/proxmox/i, 'bios_vendor', 'bios_version') },
  { provider: 'xen', kind: 'unknown', matches: (dmi, signs) => isXen(dmi, signs) },
  {
    provider: 'kvm',
    kind: 'unknown',
    matches: says(/^(qemu|kvm|red hat|ovirt|bochs|seabios)/i, ...QEMU_NAMES),
  },
]

/**
 * What kind of machine the signs speak of. Pure; the values are those that vendors document and that cloud-init and
 * systemd-detect-virt look at. What no sign speaks of is `unknown`, never a guess.
 */
export function classifyPlatform(signs: PlatformSigns): Platform {
  const container = containerOf(signs)
  const { dmi } = signs
  const cloud = CLOUDS.find(sign => sign.matches(dmi, signs))
  const hypervisor = HYPERVISORS.find(sign => sign.matches(dmi, signs))
  if (cloud !== undefined)
    return {
      kind: 'cloud',
      provider: cloud.provider,
      virtualization: virtualizationOf(signs, hypervisor),
      container,
    }
  if (hypervisor !== undefined) {
    const { kind, provider } = hypervisor
    return { kind, provider, virtualization: provider, container }
  }
  const isMachine = (dmi.sys_vendor ?? dmi.board_vendor ?? '') !== ''
  if (isMachine && signs.isVirtualCpu === false)
    return { kind: 'on-premises', provider: 'bare-metal', virtualization: 'none', container }
  return {
    kind: 'unknown',
    provider: 'unknown',
    virtualization: virtualizationOf(signs, undefined),
    container,
  }
}

function virtualizationOf(signs: PlatformSigns, hypervisor: Sign | undefined): string {
  if (hypervisor !== undefined) return hypervisor.provider
  if (isXen(signs.dmi, signs)) return 'xen'
  if (signs.dmi.chassis_asset_tag === AZURE_TAG) return 'hyper-v'
  // Clouds with a name of their own run KVM, or something that shows itself no further.
  return signs.isVirtualCpu === false ? 'none' : 'unknown'
}

function isHyperV(dmi: PlatformSigns['dmi']): boolean {
  return (
    /^microsoft corporation$/i.test(dmi.sys_vendor ?? '') && /^virtual machine$/i.test(dmi.product_name ?? '')
  )
}

function isXen(dmi: PlatformSigns['dmi'], { hypervisorType }: PlatformSigns): boolean {
  return hypervisorType === 'xen' || /^xen/i.test(dmi.sys_vendor ?? '')
}

/** A machine of EC2 before Nitro has a uuid that begins so, in either byte order. */
function isXenOfEc2(uuid: string | undefined): boolean {
  return /^(ec2|[0-9a-f]{4}2[0-9a-f]ec-)/i.test(uuid ?? '')
}

function isMetal({ product_name: product }: PlatformSigns['dmi']): boolean {
  return product !== undefined && !/vserver/i.test(product)
}

function containerOf(signs: PlatformSigns): string {
  if (signs.isKubernetes || /kubepods/.test(signs.cgroup)) return 'kubernetes'
  if (signs.hasDockerEnv || /\/docker[/-]/.test(signs.cgroup)) return 'docker'
  if (signs.hasContainerEnv || /libpod/.test(signs.cgroup)) return 'podman'
  if (/\/lxc[./]/.test(signs.cgroup)) return 'lxc'
  if (/containerd/.test(signs.cgroup)) return 'containerd'
  return signs.container === undefined || signs.container === '' ? 'none' : signs.container.slice(0, 32)
}
